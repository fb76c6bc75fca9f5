using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>What is put into a cluster, as far as a cluster accepts it without a word when it is wrong: who is let in, and what a pod may do.</summary>
internal sealed class ObjectsTests
{
    private static readonly AgentRef Agent = new(Guid.CreateVersion7(), Guid.CreateVersion7());
    private static readonly ObjectLabels Labels = new(Guid.NewGuid());
    private static readonly AgentSpec Spec = new(Agent, 1, "/platform/stacks/s/agents/a/extracted", new Dictionary<string, string> { ["KEY"] = "välue" });
    private static readonly KubernetesOptions Defaults = new("image:1", TimeSpan.FromSeconds(300)) { PlatformPath = "/platform" };

    [Test]
    public void Deployment_WhenNothingIsSet_KeepsToTheRestrictedStandard()
    {
        var pod = Pod(Defaults);
        var container = pod.Containers!.Single();

        Assert.Multiple(() =>
        {
            Assert.That(pod.AutomountServiceAccountToken, Is.False);
            Assert.That(pod.SecurityContext!.RunAsNonRoot, Is.True);
            Assert.That(pod.SecurityContext.RunAsUser, Is.EqualTo(10_001));
            Assert.That(pod.SecurityContext.SeccompProfile!.Type, Is.EqualTo("RuntimeDefault"));
            Assert.That(container.SecurityContext!.AllowPrivilegeEscalation, Is.False);
            Assert.That(container.SecurityContext.Capabilities!.Drop, Is.EqualTo(new[] { "ALL" }));
            Assert.That(container.Resources!.Requests, Is.EqualTo(new Dictionary<string, string> { ["cpu"] = "100m", ["memory"] = "128Mi" }));
            Assert.That(container.Resources.Limits, Is.EqualTo(new Dictionary<string, string> { ["cpu"] = "1", ["memory"] = "512Mi" }));
            Assert.That(container.VolumeMounts!.Single(), Is.EqualTo(new VolumeMount { Name = "code", MountPath = "/app/graphs", ReadOnly = true }));
        });
    }

    [Test]
    public void Deployment_WhenTheImageNeedsMore_KeepsToTheBaselineStandard()
    {
        var pod = Pod(Defaults with { Hardening = PodHardening.Baseline });

        Assert.Multiple(() =>
        {
            Assert.That(pod.AutomountServiceAccountToken, Is.False);
            Assert.That(pod.SecurityContext, Is.EqualTo(new PodSecurityContext { SeccompProfile = new SeccompProfile { Type = "RuntimeDefault" } }));
            Assert.That(pod.Containers!.Single().SecurityContext, Is.Null);
        });
    }

    [Test]
    public void Deployment_WhenNodesKnowTheFolderByAnotherPath_MountsThatOne()
    {
        Assert.That(HostPath(Defaults), Is.EqualTo("/platform/stacks/s/agents/a/extracted"));
        Assert.That(HostPath(Defaults with { HostPlatformPath = "/mnt/agents" }), Is.EqualTo("/mnt/agents/stacks/s/agents/a/extracted"));

        static string HostPath(KubernetesOptions options) => Pod(options).Volumes!.Single().HostPath!.Path;
    }

    [Test]
    public void Deployment_WhenPullSecretsAreSet_NamesThemAll()
    {
        var pod = Pod(Defaults with { ImagePullSecrets = ["one"], ImagePullConfigFile = "/pull.json" });

        Assert.That(pod.ImagePullSecrets!.Select(secret => secret.Name), Is.EqualTo(new[] { "one", "agent-images" }));
        Assert.That(Pod(Defaults).ImagePullSecrets, Is.Null);
    }

    [TestCase(null, null, "128Mi", "512Mi")]
    [TestCase("1Gi", null, "1Gi", "1Gi", Description = "the default limit gives way")]
    [TestCase(null, "64Mi", "64Mi", "64Mi", Description = "the default request gives way")]
    [TestCase("256Mi", null, "256Mi", "512Mi")]
    [TestCase(null, "2Gi", "128Mi", "2Gi")]
    [TestCase("256Mi", "256Mi", "256Mi", "256Mi")]
    public void Deployment_WhenMemoryIsSet_FitsTheOtherAmountToIt(string? request, string? limit, string expectedRequest, string expectedLimit)
    {
        var settings = new AgentSettings
        {
            Resources = new ResourceSettings { Requests = new ResourceAmounts { Memory = request }, Limits = new ResourceAmounts { Memory = limit } },
        };
        var resources = Pod(Defaults, settings).Containers!.Single().Resources!;

        Assert.That((resources.Requests!["memory"], resources.Limits!["memory"]), Is.EqualTo((expectedRequest, expectedLimit)));
        Assert.That((resources.Requests["cpu"], resources.Limits["cpu"]), Is.EqualTo(("100m", "1")));
    }

    [Test]
    public void Deployment_WhenHealthIsSet_ProbesSoAndWaitsForTheStart()
    {
        var health = new HealthSettings { Path = "/up", InitialDelaySeconds = 5, PeriodSeconds = 10, TimeoutSeconds = 4, FailureThreshold = 6, StartupSeconds = 45 };
        var deployment = new AgentObjects(Labels, Defaults).Deployment(Spec with { Settings = new AgentSettings { Health = health } }, hasEarlierSecrets: false);
        var container = deployment.Spec.Template!.Spec!.Containers!.Single();

        var readiness = new Probe
        {
            HttpGet = new HttpGetAction { Path = "/up", Port = "http", Scheme = "HTTP" },
            InitialDelaySeconds = 5,
            PeriodSeconds = 10,
            TimeoutSeconds = 4,
            FailureThreshold = 6,
            SuccessThreshold = 1,
        };
        Assert.That(container.ReadinessProbe, Is.EqualTo(readiness));
        Assert.That(container.StartupProbe, Is.EqualTo(readiness with { FailureThreshold = 6 }), "five periods, and one more");
        Assert.That(deployment.Spec.ProgressDeadlineSeconds, Is.EqualTo(45));
    }

    [Test]
    public void Deployment_WhenOnlyTheRolloutIsAnother_HasTheSamePods()
    {
        var objects = new AgentObjects(Labels, Defaults);
        var (first, second) = (objects.Deployment(Spec, hasEarlierSecrets: false), objects.Deployment(Spec with { Rollout = 9 }, hasEarlierSecrets: true));

        Assert.That(KubernetesJson.SpecPatch(second), Is.EqualTo(KubernetesJson.SpecPatch(first)));
        Assert.That(second.Metadata.Annotations![AgentObjects.RolloutAnnotation], Is.EqualTo("9"));
        Assert.That(objects.Deployment(Spec with { IsStopped = true }, hasEarlierSecrets: false).Spec.Replicas, Is.Zero);
    }

    [Test]
    public void Environment_WhenAValueIsNotAscii_HoldsItsUtf8()
    {
        var secret = new AgentObjects(Labels, Defaults).Environment(Spec);

        Assert.That(Convert.FromBase64String(secret.Data!["KEY"]), Is.EqualTo("välue"u8.ToArray()));
        Assert.That(secret.ToString(), Does.Not.Contain(secret.Data["KEY"]));
    }

    [Test]
    public void Isolation_WhenItIsOn_LetsInTheStackAndWhatIsNoStackAndBlocksTheMetadataService()
    {
        var policy = new StackObjects(Labels, Defaults).Isolation(Agent.StackId)!;
        var peers = policy.Spec.Ingress!.Single().From!;

        Assert.Multiple(() =>
        {
            Assert.That(policy.Spec.PolicyTypes, Is.EqualTo(new[] { "Ingress", "Egress" }));
            Assert.That(peers, Has.Count.EqualTo(2));
            Assert.That(peers[0], Is.EqualTo(new NetworkPolicyPeer { PodSelector = new LabelSelector() }));
            Assert.That(peers[1].NamespaceSelector!.MatchExpressions!.Single(), Is.EqualTo(new LabelRequirement { Key = ObjectLabels.StackId, Operator = "DoesNotExist" }));
            Assert.That(policy.Spec.Egress!.Single().To!.Single(peer => peer.IpBlock?.Cidr == "0.0.0.0/0").IpBlock!.Except, Is.EqualTo(new[] { "169.254.0.0/16" }));
        });
    }

    [Test]
    public void Bounds_WhenTheyAreOff_AreNone()
    {
        var objects = new StackObjects(Labels, Defaults with { Stack = new StackLimits { Quota = new Dictionary<string, string>(), IsolateNetwork = false } });

        Assert.That(objects.Quota(Agent.StackId), Is.Null);
        Assert.That(objects.Isolation(Agent.StackId), Is.Null);
        Assert.That(objects.Namespace(Agent.StackId).Metadata.Labels!["pod-security.kubernetes.io/enforce"], Is.EqualTo("privileged"));
    }

    [Test]
    public void Ingress_WhenTheControllerIsNginx_RemovesThePrefix()
    {
        var root = $"/stacks/{Agent.StackId}/agents/{Agent.AgentId}";
        var options = new IngressOptions
        {
            Host = "agents.example.com",
            ClassName = "nginx",
            Rewrite = IngressRewrite.Nginx,
            TlsSecret = "tls",
            Annotations = new Dictionary<string, string> { ["cert-manager.io/cluster-issuer"] = "main" },
        };
        var ingress = new AgentObjects(Labels, Defaults with { Ingress = options }).Ingress(Agent);
        var path = ingress.Spec.Rules!.Single().Http!.Paths!.Single();

        Assert.Multiple(() =>
        {
            Assert.That((path.Path, path.PathType), Is.EqualTo(($"{root}/(.*)", "ImplementationSpecific")));
            Assert.That(ingress.Metadata.Annotations, Is.EquivalentTo(new Dictionary<string, string>
            {
                ["cert-manager.io/cluster-issuer"] = "main",
                ["nginx.ingress.kubernetes.io/use-regex"] = "true",
                ["nginx.ingress.kubernetes.io/rewrite-target"] = "/$1",
                ["nginx.ingress.kubernetes.io/x-forwarded-prefix"] = root,
            }));
            Assert.That(ingress.Spec.Tls!.Single().SecretName, Is.EqualTo("tls"));
            Assert.That(ingress.Spec.IngressClassName, Is.EqualTo("nginx"));
        });
    }

    [Test]
    public void Ingress_WhenNothingIsSet_LeadsFromAnyHostToTheService()
    {
        var ingress = new AgentObjects(Labels, Defaults).Ingress(Agent);
        var rule = ingress.Spec.Rules!.Single();
        var path = rule.Http!.Paths!.Single();

        Assert.That((rule.Host, path.Path, path.PathType), Is.EqualTo(((string?)null, $"/stacks/{Agent.StackId}/agents/{Agent.AgentId}/", "Prefix")));
        Assert.That((path.Backend!.Service!.Name, path.Backend.Service.Port!.Number), Is.EqualTo(($"agent-{Agent.AgentId}", 80)));
    }

    private static PodSpec Pod(KubernetesOptions options, AgentSettings? settings = null) =>
        new AgentObjects(Labels, options).Deployment(Spec with { Settings = settings ?? AgentSettings.None }, hasEarlierSecrets: false).Spec.Template!.Spec!;
}
