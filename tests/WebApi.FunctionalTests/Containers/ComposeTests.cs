using System.Text.RegularExpressions;
using StackAgent.Testing;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.FunctionalTests.Configuration;
using YamlDotNet.RepresentationModel;

namespace StackAgent.WebApi.FunctionalTests.Containers;

/// <summary>What Compose doesn't say of <c>docker-compose.yml</c> when it is wrong.</summary>
[TestFixture]
internal sealed partial class ComposeTests
{
    private const string KubeConfig = """
        current-context: here
        contexts: [{name: here, context: {cluster: c}}]
        clusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'}}]
        """;

    private static readonly string ComposeFile = Path.Combine(Repository.Root, "docker-compose.yml");
    private static readonly YamlMappingNode Services = (YamlMappingNode)Load(ComposeFile)["services"];
    private static readonly string[] OfTheNode = ["agent-runtime", "k3s", "kubeconfig"];

    [Test]
    public void Services_WhenNoProfileIsNamed_AreStackAgentAndItsDatabase()
    {
        var always = Services.Children.Where(service => !Sets(service.Value, "profiles")).Select(service => $"{service.Key}");
        var profiles = Services.Children.Where(service => Sets(service.Value, "profiles")).ToDictionary(service => $"{service.Key}", service => List(service.Value["profiles"]));

        Assert.That(always, Is.EquivalentTo(new[] { "machine", "postgres", "stackagent" }));
        Assert.That(profiles.Keys, Is.EquivalentTo(OfTheNode));
        Assert.That(profiles.Values, Has.All.EqualTo(new[] { "kubernetes" }));
    }

    [Test]
    public void Images_WhenTheyAreSomebodyElses_AreOfOneVersion()
    {
        var pulled = Services.Children.Where(service => !Sets(service.Value, "build")).Select(service => Text(service.Value, "image")).ToList();
        var built = Services.Children.Where(service => Sets(service.Value, "build")).Select(service => service.Value).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(pulled, Has.All.Matches<string>(image => Pinned().IsMatch(image)));
            Assert.That(pulled.Where(image => image.Contains("k3s", StringComparison.Ordinal)).Distinct(), Has.One.Items);
            Assert.That(built.Select(service => Text(service, "build", "target")).Distinct(), Is.SubsetOf(Instructions.Read().Select(stage => stage.Name)));
            Assert.That(built.Select(service => Text(service, "image")), Has.All.EndsWith($":{DockerfileVersion}"));
        });
    }

    [TestCase("machine")]
    [TestCase("stackagent")]
    public void Container_WhenItIsStackAgents_CanDoNoMoreThanItHasTo(string name)
    {
        var service = Services[name];

        Assert.Multiple(() =>
        {
            Assert.That(Text(service, "user"), Is.EqualTo("10001:10001"));
            Assert.That(Text(service, "read_only"), Is.EqualTo("true"));
            Assert.That(List(service["cap_drop"]), Is.EqualTo(new[] { "ALL" }));
            Assert.That(List(service["security_opt"]), Is.EqualTo(new[] { "no-new-privileges:true" }));
            Assert.That(Text(service, "init"), Is.EqualTo("true"), "agents' processes that lost their parents are waited for");
            Assert.That(Sets(service, "privileged"), Is.False);
            Assert.That(List(service["volumes"]), Is.EquivalentTo(new[] { "platform:/var/agent-platform", "work:/var/lib/stackagent" }));
        });
    }

    [Test]
    public void StackAgent_WhenItStarts_HasADatabaseAndWithTheProfileACluster()
    {
        var service = Services["stackagent"];

        Assert.Multiple(() =>
        {
            Assert.That(List(service["healthcheck"]["test"]), Is.EqualTo(new[] { "CMD", "/app/StackAgent.WebApi", "health" }));
            Assert.That(Text(service, "depends_on", "postgres", "condition"), Is.EqualTo("service_healthy"));
            Assert.That(Text(service, "depends_on", "kubeconfig", "condition"), Is.EqualTo("service_completed_successfully"));
            Assert.That(Text(service, "depends_on", "kubeconfig", "required"), Is.EqualTo("false"));
            Assert.That(Text(service, "network_mode"), Is.EqualTo("service:machine").And.EqualTo(Text(Services["k3s"], "network_mode")));
            Assert.That(Text(service, "environment", "ENVIRONMENT"), Is.EqualTo("production"));
            Assert.That(Text(service, "environment", "AGENT_RUNTIME"), Is.EqualTo("kubernetes-or-local"));
        });
    }

    [Test]
    public void Settings_WhenTheyAreNamed_ExistAndHoldNoSecret()
    {
        var environment = ((YamlMappingNode)Services["stackagent"]["environment"]).Children.ToDictionary(variable => $"{variable.Key}", variable => $"{variable.Value}");
        var documented = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

        Assert.Multiple(() =>
        {
            Assert.That(environment.Keys.Where(name => !documented.Contains($"`{name}`", StringComparison.Ordinal)), Is.Empty);
            Assert.That(environment["SECRET_KEY"], Does.StartWith("${SECRET_KEY:?"));
            Assert.That(environment["DB_PASSWORD"], Does.StartWith("${POSTGRES_PASSWORD:?"));
            Assert.That(Text(Services["postgres"], "environment", "POSTGRES_PASSWORD"), Is.EqualTo(environment["DB_PASSWORD"]));
            Assert.That(Sets(Services["postgres"], "ports"), Is.False, "nobody but StackAgent needs it");
        });
    }

    [TestCase(false, RuntimeKind.Local)]
    [TestCase(true, RuntimeKind.Kubernetes)]
    public void Settings_WhenComposeFillsThemIn_AreAProductionServers(bool hasNode, RuntimeKind runtime)
    {
        var machine = new FakeMachine { Folders = { "/var/agent-platform", "/var/lib/stackagent" } };
        if (hasNode)
            machine.Files["/var/lib/stackagent/.kube/config"] = KubeConfig;
        var environment = ((YamlMappingNode)Services["stackagent"]["environment"]).Children
            .ToDictionary(variable => $"{variable.Key}", string? (variable) => Interpolation().Replace($"{variable.Value}", Filled));

        var settings = SettingsParser.Parse(environment, "/var/lib/stackagent", machine);

        Assert.Multiple(() =>
        {
            Assert.That(settings.IsProduction, Is.True);
            Assert.That(settings.Runtime.Kind, Is.EqualTo(runtime));
            Assert.That(settings.Runtime.AgentsServerUrl, Is.EqualTo(new Uri("http://machine:8000")));
            Assert.That(settings.Server.Port, Is.EqualTo(8000));
            Assert.That(settings.Server.Host, Is.EqualTo("*"), "Compose publishes it");
            Assert.That(settings.Database, Is.InstanceOf<PostgreSqlDatabaseSettings>());
            Assert.That(settings.Storage.AgentPlatformPath, Is.EqualTo("/var/agent-platform"));
            Assert.That(settings.Warnings, hasNode ? Is.Empty : Has.One.StartsWith("Agents run on this machine"));
        });
    }

    [Test]
    public void Node_WhenItRuns_FindsTheCodeAndTheRuntimeAndItsAgentsFindStackAgent()
    {
        var environment = Services["stackagent"]["environment"];
        var archive = Instructions.Read().Single(stage => stage.Name == "agent-runtime-archive").Only("RUN");
        var script = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "compose", "kubeconfig"));

        Assert.Multiple(() =>
        {
            Assert.That(List(Services["k3s"]["volumes"]), Does.Contain($"platform:{Text(environment, "AGENT_PLATFORM_BASE_PATH")}"), "under the same path");
            Assert.That(List(Services["k3s"]["volumes"]), Does.Contain("images:/var/lib/rancher/k3s/agent/images"));
            Assert.That(List(Services["agent-runtime"]["volumes"]), Is.EqualTo(new[] { $"images:{List(Services["agent-runtime"]["command"]).Single()}" }));
            Assert.That(Text(environment, "AGENT_IMAGE"), Is.EqualTo($"${{AGENT_IMAGE:-docker.io/library/agent-runtime:{DockerfileVersion}}}"));
            Assert.That(archive, Does.Contain("--name docker.io/library/agent-runtime:${VERSION} "));
            Assert.That(Text(environment, "AGENT_SERVER_URL"), Is.EqualTo("http://machine:8000"));
            Assert.That(List(Services["k3s"]["command"]), Does.Contain("--node-name=machine"));
            Assert.That(script, Does.Contain($"{Text(environment, "HOME")}/.kube").And.Contain("user=10001"));
            Assert.That(List(Services["kubeconfig"]["volumes"]), Does.Contain($"work:{Text(environment, "HOME")}"));
        });
    }

    [Test]
    public void Volumes_WhenTheyAreMounted_AreDeclared()
    {
        var declared = ((YamlMappingNode)Load(ComposeFile)["volumes"]).Children.Keys.Select(name => $"{name}");
        var mounted = Services.Children.Values.Where(service => Sets(service, "volumes")).SelectMany(service => List(service["volumes"]))
            .Select(mount => mount.Split(':')[0]).Where(source => source[0] != '.').Distinct();

        Assert.That(mounted, Is.EquivalentTo(declared));
    }

    [Test]
    public void Development_WhenItIsStarted_IsADatabaseForThisMachineAlone()
    {
        var services = (YamlMappingNode)Load(Path.Combine(Repository.Root, "deploy", "compose", "development.yml"))["services"];
        var postgres = services.Children.Values.Single();

        Assert.That(Text(postgres, "image"), Is.EqualTo(Text(Services["postgres"], "image")));
        Assert.That(List(postgres["ports"]), Is.EqualTo(new[] { "127.0.0.1:5432:5432" }));
    }

    /// <summary>What Compose puts in a variable's place: the default, or what was demanded.</summary>
    private static string Filled(Match match) => match.Groups["default"] is { Success: true, Value: var value } ? value : "0123456789abcdef0123456789abcdef";

    private static string DockerfileVersion => Instructions.Read()[^1].Only("ARG").Split('=')[1];

    private static YamlNode Load(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(file)));
        return stream.Documents[0].RootNode;
    }

    private static bool Sets(YamlNode node, string key) => ((YamlMappingNode)node).Children.ContainsKey(key);

    private static string Text(YamlNode node, params string[] path) => $"{path.Aggregate(node, (inner, key) => inner[key])}";

    private static List<string> List(YamlNode node) => [.. ((YamlSequenceNode)node).Children.Select(item => $"{item}")];

    [GeneratedRegex(@"\$\{[A-Z_]+:(-(?<default>[^}]*)|\?[^}]*)\}", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Interpolation();

    [GeneratedRegex(@"\A[a-z0-9.-]+\.[a-z]+/[a-z0-9./-]+:v?[0-9][A-Za-z0-9._-]*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pinned();
}
