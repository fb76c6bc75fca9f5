using System.Text;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.CodeStorage.Fetching;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Delivery;

/// <summary>Pods that fetch their code.</summary>
internal sealed class CodeFetchPodTests
{
    private static readonly string Digest = new('d', 64);
    private static readonly AgentRef Agent = new(Guid.CreateVersion7(), Guid.CreateVersion7());
    private static readonly AgentSpec Spec = new(Agent, 5, "/platform/x", new Dictionary<string, string> { ["KEY"] = "secret value" }) { Code = new AgentCode(4, Digest) };

    private static readonly KubernetesOptions Options = new("image:1", TimeSpan.FromSeconds(300))
    {
        PlatformPath = "/platform",
        Fetch = new CodeFetchOptions("stackagent:1", new Uri("http://stackagent.example:8000/base")) { VolumeBytes = 100L << 20 },
    };

    [Test]
    public void Pod_WhenItFetchesItsCode_KeepsToTheRestrictedStandard()
    {
        Assert.That(RestrictedStandard.BrokenBy(Pod(Options)), Is.Empty);
        Assert.That(RestrictedStandard.BrokenBy(Pod(Options with { Fetch = null })), Has.Exactly(2).Contains("volumes"), "the rules find something");
        Assert.That(
            RestrictedStandard.BrokenBy(Pod(Options with { Hardening = PodHardening.Baseline })), Is.EquivalentTo(new[] { "no way to gain privileges", "not root", "all capabilities dropped" }));
    }

    [TestCase(PodHardening.Restricted)]
    [TestCase(PodHardening.Baseline)]
    public void Pod_WhenItFetchesItsCode_DoesSoBeforeTheAgentAndForItAlone(PodHardening hardening)
    {
        var pod = Pod(Options with { Hardening = hardening });
        var (fetch, agent) = (pod.InitContainers!.Single(), pod.Containers!.Single());

        Assert.Multiple(() =>
        {
            Assert.That(fetch.Image, Is.EqualTo("stackagent:1"));
            Assert.That(fetch.Command, Is.Null, "the image knows where its program is");
            Assert.That(fetch.Args![0], Is.EqualTo("fetch-code"));
            Assert.That(
                CodeFetchRequest.TryParse([.. fetch.Args.Skip(1)]),
                Is.EqualTo(new CodeFetchRequest(new Uri("http://stackagent.example:8000/base/internal/code"), "/var/run/stackagent/token", Digest, "/code")));
            Assert.That(fetch.SecurityContext!.ReadOnlyRootFilesystem, Is.True);
            Assert.That(fetch.SecurityContext.RunAsUser, Is.EqualTo(10_001));
            Assert.That(fetch.Resources!.Limits!.Keys, Is.EquivalentTo(new[] { "cpu", "memory" }), "a quota asks for them");
            Assert.That(agent.VolumeMounts, Is.EqualTo(new[] { new VolumeMount { Name = "code", MountPath = "/app/graphs", ReadOnly = true } }), "and not the token");
            Assert.That(pod.Volumes!.Single(volume => volume.Name == "code").EmptyDir!.SizeLimit, Is.EqualTo("100Mi"));
            var token = pod.Volumes!.Single(volume => volume.Name == "fetch-token").Projected!.Sources!.Single().ServiceAccountToken;
            Assert.That(token, Is.EqualTo(new ServiceAccountTokenSource { Audience = "stackagent", ExpirationSeconds = 600, Path = "token" }));
            Assert.That(pod.AutomountServiceAccountToken, Is.False);
        });
    }

    [Test]
    public void Deployment_WhenItsPodsFetchTheirCode_SaysWhichAndHoldsNoSecret()
    {
        var deployment = Deployment(Options, Spec);

        Assert.That(deployment.Spec.Template!.Metadata!.Annotations![CodeFetchPod.CodeAnnotation], Is.EqualTo("4"));
        Assert.That(Encoding.UTF8.GetString(KubernetesJson.Body(deployment)), Does.Not.Contain("secret value").And.Not.Contain("/platform"));
        Assert.That(
            Deployment(Options with { Fetch = null }, Spec).Spec.Template!.Metadata!.Annotations!.Keys, Is.EqualTo(new[] { AgentObjects.SpecAnnotation }), "nothing is given out where nothing is fetched");
    }

    [Test]
    public void Deployment_WhenOnlyTheRolloutIsAnother_HasTheSamePods() => Assert.That(
        KubernetesJson.SpecPatch(Deployment(Options, Spec with { Rollout = 9 })), Is.EqualTo(KubernetesJson.SpecPatch(Deployment(Options, Spec))));

    private static PodSpec Pod(KubernetesOptions options) => Deployment(options, Spec).Spec.Template!.Spec!;

    private static Deployment Deployment(KubernetesOptions options, AgentSpec spec) =>
        new AgentObjects(new ObjectLabels(Guid.Empty), options).Deployment(spec, hasEarlierSecrets: false);
}
