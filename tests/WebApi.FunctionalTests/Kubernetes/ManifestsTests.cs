using StackAgent.Testing;
using YamlDotNet.RepresentationModel;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>What <c>deploy/</c> says, as far as a cluster accepts it without a word when it is wrong.</summary>
[Category(TestCluster.Category)]
internal sealed class ManifestsTests
{
    private static readonly Dictionary<string, string> WrittenTo = new()
    {
        ["platform"] = "/var/agent-platform",
        ["work"] = "/var/lib/stackagent",
        ["tmp"] = "/tmp",
    };

    [TestCase("one-node", "hostPath")]
    [TestCase("many-nodes", "persistentVolumeClaim")]
    public async Task Overlay_WhenItIsRendered_RunsHardenedServersThatGiveWayWithoutAGap(string overlay, string platform)
    {
        var objects = await RenderAsync(overlay);
        var deployment = objects.Single(found => Text(found, "kind") == "Deployment");
        var pod = deployment["spec"]["template"]["spec"];
        var container = List(pod["containers"]).Single();
        var security = container["securityContext"];
        var volumes = List(pod["volumes"]).ToDictionary(volume => Text(volume, "name"));

        Assert.Multiple(() =>
        {
            Assert.That(Text(deployment, "spec", "replicas"), Is.EqualTo("2"));
            Assert.That(Text(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable"), Is.EqualTo("0"));
            Assert.That(Text(pod, "securityContext", "runAsNonRoot"), Is.EqualTo("true"));
            Assert.That(Text(pod, "securityContext", "seccompProfile", "type"), Is.EqualTo("RuntimeDefault"));
            Assert.That(Text(security, "allowPrivilegeEscalation"), Is.EqualTo("false"));
            Assert.That(Text(security, "readOnlyRootFilesystem"), Is.EqualTo("true"));
            Assert.That(List(security["capabilities"]["drop"]).Select(name => $"{name}"), Is.EqualTo(new[] { "ALL" }));
            Assert.That(volumes.Keys, Is.EquivalentTo(WrittenTo.Keys));
            Assert.That(((YamlMappingNode)volumes["platform"]).Children.Keys.Select(key => $"{key}"), Does.Contain(platform));
            Assert.That(
                List(container["volumeMounts"]).ToDictionary(mount => Text(mount, "name"), mount => Text(mount, "mountPath")), Is.EquivalentTo(WrittenTo));
            Assert.That(Text(container, "readinessProbe", "httpGet", "path"), Is.EqualTo("/health/ready"));
            Assert.That(Text(container, "livenessProbe", "httpGet", "path"), Is.EqualTo("/health/live"), "a restart mends no database");
            Assert.That(Text(container, "startupProbe", "httpGet", "path"), Is.EqualTo("/health/live"));
            Assert.That(List(container["lifecycle"]["preStop"]["exec"]["command"]).Select(word => $"{word}"), Is.EqualTo(new[] { "/app/StackAgent.WebApi", "wait", "5" }));
        });
    }

    [TestCase("one-node")]
    [TestCase("many-nodes")]
    public async Task Overlay_WhenItIsRendered_HoldsNoSecretAndOnlySettingsThatThereAre(string overlay)
    {
        var objects = await RenderAsync(overlay);
        var documented = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "configuration.md"));
        var settings = objects.Single(found => Text(found, "kind") == "ConfigMap")["data"];
        var environment = List(List(objects.Single(found => Text(found, "kind") == "Deployment")["spec"]["template"]["spec"]["containers"]).Single()["env"]);
        var names = ((YamlMappingNode)settings).Children.Keys.Select(key => $"{key}").Concat(environment.Select(variable => Text(variable, "name"))).ToList();

        Assert.That(objects.Select(found => Text(found, "kind")), Has.None.EqualTo("Secret"));
        Assert.That(
            environment.Where(variable => Text(variable, "name") is "DATABASE_URL" or "SECRET_KEY").Select(variable => Text(variable, "valueFrom", "secretKeyRef", "name")),
            Is.EqualTo(new[] { "stackagent", "stackagent" }));
        Assert.That(names.Where(name => !name.StartsWith("POD_", StringComparison.Ordinal) && !documented.Contains($"`{name}`", StringComparison.Ordinal)), Is.Empty);
        Assert.That(names, Is.Unique);
    }

    [Test]
    public async Task Overlay_WhenNodesShareNothing_HasPodsFetchTheirCodeWithTheServersImage()
    {
        var objects = await RenderAsync("many-nodes");
        var settings = objects.Single(found => Text(found, "kind") == "ConfigMap")["data"];
        var image = Text(List(objects.Single(found => Text(found, "kind") == "Deployment")["spec"]["template"]["spec"]["containers"]).Single(), "image");

        Assert.That((Text(settings, "CODE_DELIVERY"), Text(settings, "CODE_FETCH_IMAGE")), Is.EqualTo(("http", image)));
        Assert.That(Text(objects.Single(found => Text(found, "kind") == "PersistentVolumeClaim"), "spec", "accessModes"), Does.Contain("ReadWriteMany"));
    }

    private static async Task<IReadOnlyList<YamlNode>> RenderAsync(string overlay)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(await TestCluster.KubectlAsync("kustomize", Path.Combine(Repository.Root, "deploy", "overlays", overlay))));
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    private static string Text(YamlNode node, params string[] path) => $"{path.Aggregate(node, (inner, key) => inner[key])}";

    private static IEnumerable<YamlNode> List(YamlNode node) => ((YamlSequenceNode)node).Children;
}
