using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api;

/// <summary>The client against a real API server.</summary>
internal sealed class KubernetesClusterTests
{
    private readonly List<string> _namespaces = [];
    private ClusterConnection _connection;
    private KubernetesHttp _http;
    private string _namespace;

    private KubernetesClient Client { get; set; }

    [OneTimeSetUp]
    public async Task OpenAsync()
    {
        _connection = KubeConfigLoader.Load(new Dictionary<string, string?> { ["KUBECONFIG"] = TestCluster.KubeConfig }, "/", new Files())!;
        _http = new KubernetesHttp(_connection, TimeProvider.System);
        Client = new KubernetesClient(_http.Client, TimeProvider.System);
        _namespace = await CreateNamespaceAsync();
    }

    [OneTimeTearDown]
    public async Task CloseAsync()
    {
        foreach (var ns in _namespaces)
            await Client.DeleteAsync<Namespace>(null, ns, uid: null, CancellationToken.None);
        _http?.Dispose();
    }

    [Test]
    public async Task ApplyAsync_WhenRepeated_SaysCreatedOnceAndChangesNothingAfter()
    {
        var service = ServiceNamed("applied");

        var first = await Client.ApplyAsync(service, CancellationToken.None);
        var second = await Client.ApplyAsync(service, CancellationToken.None);
        var changed = await Client.ApplyAsync(service with { Spec = service.Spec with { Selector = App("other") } }, CancellationToken.None);

        Assert.That((first.Created, second.Created, changed.Created), Is.EqualTo((true, false, false)));
        Assert.That(second.Object.Metadata.ResourceVersion, Is.EqualTo(first.Object.Metadata.ResourceVersion));
        Assert.That(changed.Object.Metadata.ResourceVersion, Is.Not.EqualTo(first.Object.Metadata.ResourceVersion));
        Assert.That(changed.Object.Spec.Selector, Is.EqualTo(App("other")));
    }

    [Test]
    public async Task ApplyAsync_WhenEveryKindIsWritten_TheServerTakesEachField()
    {
        ObjectMeta Named(string name) => new() { Name = name, Namespace = _namespace, Labels = App("all"), Annotations = App("all") };

        await Client.ApplyAsync(new ResourceQuota { Metadata = Named("all"), Spec = new ResourceQuotaSpec { Hard = new Dictionary<string, string> { ["pods"] = "50" } } }, CancellationToken.None);
        await Client.ApplyAsync(
            new LimitRange
            {
                Metadata = Named("all"),
                Spec = new LimitRangeSpec { Limits = [new LimitRangeItem { Default = Memory("1Gi"), DefaultRequest = Memory("64Mi"), Max = Memory("8Gi") }] },
            },
            CancellationToken.None);
        var policy = await Client.ApplyAsync(
            new NetworkPolicy
            {
                Metadata = Named("all"),
                Spec = new NetworkPolicySpec
                {
                    PolicyTypes = ["Ingress", "Egress"],
                    Ingress = [new NetworkPolicyIngressRule { From = [new NetworkPolicyPeer { NamespaceSelector = new LabelSelector { MatchLabels = App("all") }, PodSelector = new LabelSelector() }] }],
                    Egress = [new NetworkPolicyEgressRule { To = [new NetworkPolicyPeer { IpBlock = new IpBlock { Cidr = "0.0.0.0/0", Except = ["169.254.0.0/16"] } }], Ports = [new NetworkPolicyPort { Port = 53, Protocol = "UDP" }] }],
                },
            },
            CancellationToken.None);
        var secret = await Client.ApplyAsync(new Secret { Metadata = Named("all"), Data = new Dictionary<string, string> { ["KEY"] = "dmFsdWU=" } }, CancellationToken.None);
        var ingress = await Client.ApplyAsync(
            new Ingress
            {
                Metadata = Named("all"),
                Spec = new IngressSpec
                {
                    IngressClassName = "nginx",
                    Tls = [new IngressTls { Hosts = ["agents.example.com"], SecretName = "tls" }],
                    Rules = [new IngressRule { Host = "agents.example.com", Http = new IngressHttp { Paths = [new IngressPath { Path = "/all/", Backend = new IngressBackend { Service = new IngressService { Name = "all", Port = new IngressServicePort { Number = 80 } } } }] } }],
                },
            },
            CancellationToken.None);
        var deployment = await Client.ApplyAsync(FullDeployment(Named("all")), CancellationToken.None);

        Assert.That(policy.Object.Spec.Egress![0].To![0].IpBlock!.Except, Is.EqualTo(["169.254.0.0/16"]));
        Assert.That(secret.Created, Is.True);
        Assert.That(ingress.Object.Spec.Rules![0].Http!.Paths![0].Backend!.Service!.Port!.Number, Is.EqualTo(80));
        var container = deployment.Object.Spec.Template!.Spec!.Containers!.Single();
        Assert.That(container.Ports!.Single().Port, Is.EqualTo(8000));
        Assert.That(container.SecurityContext!.Capabilities!.Drop, Is.EqualTo(["ALL"]));
        Assert.That(deployment.Object.Spec.Template.Spec.SecurityContext!.SeccompProfile!.Type, Is.EqualTo("RuntimeDefault"));
        Assert.That(deployment.Object.Spec.Template.Spec.Volumes, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task ApplyAsync_WhenTheNamespaceIsMissing_ThrowsWhatTheServerSaid()
    {
        var service = ServiceNamed("nowhere");
        service = service with { Metadata = service.Metadata with { Namespace = "stackagent-nowhere" } };

        var failure = Assert.ThrowsAsync<KubernetesApiException>(() => Client.ApplyAsync(service, CancellationToken.None));

        Assert.That((failure.Status, failure.Reason, failure.ResourceKind), Is.EqualTo((HttpStatusCode.NotFound, "NotFound", "namespaces")));
    }

    [Test]
    public void ApplyAsync_WhenTheObjectIsInvalid_ThrowsWhatTheServerSaid()
    {
        var service = ServiceNamed("invalid") with { Spec = new ServiceSpec { Ports = [new ServicePort { Port = 99_999 }] } };

        var failure = Assert.ThrowsAsync<KubernetesApiException>(() => Client.ApplyAsync(service, CancellationToken.None));

        Assert.That((failure.Status, failure.Reason), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "Invalid")));
        Assert.That(failure.Message, Does.Contain("99999"));
    }

    [Test]
    public async Task ReplaceSpecAsync_WhenSomebodyHasAddedFields_RemovesThemAndKeepsTheAddress()
    {
        var service = ServiceNamed("replaced");
        var applied = (await Client.ApplyAsync(service, CancellationToken.None)).Object;
        await PatchAsync("service", "replaced", """{"spec":{"sessionAffinity":"ClientIP","selector":{"app":"hijacked","more":"labels"}}}""");

        var edited = await Client.GetAsync<Service>(_namespace, "replaced", CancellationToken.None);
        var foreign = edited!.Metadata.ManagedFields!.Single(field => field.Manager == "kubectl-patch");
        Assert.That(foreign.FieldsV1!.Value.GetProperty("f:spec").TryGetProperty("f:sessionAffinity", out _), Is.True);

        await Client.ApplyAsync(service, CancellationToken.None);
        var replaced = await Client.ReplaceSpecAsync(service.Keeping(applied), CancellationToken.None);

        Assert.That(replaced.Spec.Selector, Is.EqualTo(App("replaced")));
        Assert.That(replaced.Spec.ClusterIp, Is.EqualTo(applied.Spec.ClusterIp).And.Not.Empty);
        var left = replaced.Metadata.ManagedFields!.Where(field => field.Manager == "kubectl-patch" && field.FieldsV1!.Value.TryGetProperty("f:spec", out _));
        Assert.That(left, Is.Empty);
        var json = await TestCluster.GetAsync("service", "replaced", "-n", _namespace);
        Assert.That((string?)json!["spec"]!["sessionAffinity"], Is.EqualTo("None"));
    }

    [Test]
    public async Task ReplaceSpecAsync_WhenADeploymentWasEdited_MakesItAsDesired()
    {
        var deployment = FullDeployment(new ObjectMeta { Name = "edited", Namespace = _namespace });
        await Client.ApplyAsync(deployment, CancellationToken.None);
        await PatchAsync("deployment", "edited", """{"spec":{"replicas":3,"minReadySeconds":7,"template":{"spec":{"hostNetwork":true}}}}""");

        await Client.ReplaceSpecAsync(deployment, CancellationToken.None);

        var json = await TestCluster.GetAsync("deployment", "edited", "-n", _namespace);
        Assert.That((int?)json!["spec"]!["replicas"], Is.Zero);
        Assert.That(json["spec"]!["minReadySeconds"], Is.Null);
        Assert.That(json["spec"]!["template"]!["spec"]!["hostNetwork"], Is.Null);
    }

    [Test]
    public async Task DeleteAsync_WhenRepeated_EndsWithTrue()
    {
        await Client.ApplyAsync(ServiceNamed("deleted"), CancellationToken.None);

        await Eventually.TrueAsync(() => Client.DeleteAsync<Service>(_namespace, "deleted", null, CancellationToken.None), "the Service to be gone");

        Assert.That(await Client.DeleteAsync<Service>(_namespace, "deleted", null, CancellationToken.None), Is.True);
        Assert.That(await Client.DeleteAsync<Service>("stackagent-nowhere", "deleted", null, CancellationToken.None), Is.True);
        Assert.That(await Client.GetAsync<Service>(_namespace, "deleted", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task DeleteAsync_WhenTheObjectIsAnotherOfThatName_LeavesItAndSaysTrue()
    {
        var service = (await Client.ApplyAsync(ServiceNamed("renewed"), CancellationToken.None)).Object;

        Assert.That(await Client.DeleteAsync<Service>(_namespace, "renewed", $"{Guid.NewGuid()}", CancellationToken.None), Is.True);
        Assert.That(await Client.GetAsync<Service>(_namespace, "renewed", CancellationToken.None), Is.Not.Null);
        Assert.That(await Client.DeleteAsync<Service>(_namespace, "renewed", service.Metadata.Uid, CancellationToken.None), Is.False);
        await Eventually.TrueAsync(async () => await Client.GetAsync<Service>(_namespace, "renewed", CancellationToken.None) is null, "the Service to be gone");
    }

    [Test]
    public async Task DeleteAsync_WhenANamespaceIsFull_IsFalseUntilItIsGone()
    {
        var ns = await CreateNamespaceAsync();
        var service = ServiceNamed("inside");
        await Client.ApplyAsync(service with { Metadata = service.Metadata with { Namespace = ns } }, CancellationToken.None);

        Assert.That(await Client.DeleteAsync<Namespace>(null, ns, null, CancellationToken.None), Is.False);
        Assert.That(await Client.DeleteAsync<Namespace>(null, ns, null, CancellationToken.None), Is.False);
        var late = Assert.ThrowsAsync<KubernetesApiException>(
            () => Client.ApplyAsync(service with { Metadata = service.Metadata with { Namespace = ns, Name = "late" } }, CancellationToken.None));
        Assert.That((late.Status, late.Cause), Is.EqualTo((HttpStatusCode.Forbidden, "NamespaceTerminating")));

        await Eventually.TrueAsync(() => Client.DeleteAsync<Namespace>(null, ns, null, CancellationToken.None), "the namespace to be gone");
    }

    [Test]
    public async Task WatchAsync_WhenAnObjectComesAndGoes_TellsBoth()
    {
        var selector = $"app=watched-{_namespace}";
        var list = await Client.ListAsync<Service>(selector, 500, null, CancellationToken.None);
        Assert.That(list.Items, Is.Empty);
        using var watch = await Client.WatchAsync<Service>(selector, list.Metadata.ResourceVersion, TimeSpan.FromSeconds(60), CancellationToken.None);
        await using var events = watch.ReadAllAsync(CancellationToken.None).GetAsyncEnumerator();

        var service = ServiceNamed("watched");
        await Client.ApplyAsync(service with { Metadata = service.Metadata with { Labels = App($"watched-{_namespace}") } }, CancellationToken.None);
        await events.MoveNextAsync();
        Assert.That((events.Current.Type, events.Current.Object.Metadata.Name), Is.EqualTo((WatchEventType.Added, "watched")));
        Assert.That((await Client.ListAsync<Service>(selector, 500, null, CancellationToken.None)).Items, Has.Count.EqualTo(1));

        await Client.DeleteAsync<Service>(_namespace, "watched", null, CancellationToken.None);
        WatchEventType last;
        do
        {
            await events.MoveNextAsync();
            last = events.Current.Type;
        }
        while (last == WatchEventType.Modified);
        Assert.That(last, Is.EqualTo(WatchEventType.Deleted));
    }

    [Test]
    public async Task WatchAsync_WhenItsTimeIsUp_EndsInOrder()
    {
        var list = await Client.ListAsync<Service>("app=none", 1, null, CancellationToken.None);
        using var watch = await Client.WatchAsync<Service>("app=none", list.Metadata.ResourceVersion, TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.That(await watch.ReadAllAsync(CancellationToken.None).CountAsync(change => change.Type != WatchEventType.Bookmark), Is.Zero);
    }

    [Test]
    public async Task ListAsync_WhenThereAreMorePages_LeadsFromOneToTheNext()
    {
        for (var i = 0; i < 3; i++)
        {
            var service = ServiceNamed($"paged{i}");
            await Client.ApplyAsync(service with { Metadata = service.Metadata with { Labels = App($"paged-{_namespace}") } }, CancellationToken.None);
        }

        var selector = $"app=paged-{_namespace}";
        var first = await Client.ListAsync<Service>(selector, 2, null, CancellationToken.None);
        var second = await Client.ListAsync<Service>(selector, 2, first.Metadata.Continue, CancellationToken.None);

        Assert.That((first.Items.Count, second.Items.Count), Is.EqualTo((2, 1)));
        Assert.That(second.Metadata.Continue, Is.Null.Or.Empty);
    }

    [Test]
    public async Task ReadLogAsync_WhenAPodHasCrashed_HasItsLastLinesAndEvents()
    {
        var (ns, name) = (_namespace, "crashing");
        await TestCluster.ApplyAsync(PodOf(name, "import sys\nfor i in range(5000): print('line', i, 'x' * 400)\nsys.exit(3)").ToJsonString());
        var pod = await Eventually.GetAsync(
            () => Client.GetAsync<Pod>(ns, name, CancellationToken.None),
            found => found?.Status?.ContainerStatuses?[0] is { State.Waiting.Reason: "CrashLoopBackOff", LastState.Terminated: not null },
            "the pod to keep crashing");
        Assert.That(pod!.Status!.ContainerStatuses![0].LastState!.Terminated!.ExitCode, Is.EqualTo(3));

        // A node that is just clearing away the run before has no log of it to show.
        var last = await Eventually.GetAsync(
            () => Client.ReadLogAsync(ns, name, "agent", 3, previous: true, limitBytes: 64 * 1024, CancellationToken.None), lines => lines.Count == 3, "the log");
        Assert.That(last.Select(line => line.Split(' ')[1]), Is.EqualTo(["4997", "4998", "4999"]));
        // 2 MB of lines, of which the server leaves out the end.
        var limited = await Client.ReadLogAsync(ns, name, "agent", 5_000, previous: true, limitBytes: 10_000, CancellationToken.None);
        Assert.That(limited[^1], Does.StartWith("line 4999 "));
        Assert.That(limited, Has.Count.InRange(20, 25));

        var events = await Eventually.GetAsync(
            () => Client.ListEventsAsync(ns, pod.Metadata.Uid!, CancellationToken.None), found => found.Any(noted => noted.Reason == "BackOff"), "the back-off's event");
        Assert.That(events.Select(noted => noted.InvolvedObject!.Uid), Is.All.EqualTo(pod.Metadata.Uid));
        Assert.That(events.Select(noted => noted.LastTimestamp ?? noted.EventTime), Is.All.Not.Null);
    }

    [Test]
    public async Task ReadLogAsync_WhenThereIsNone_IsEmpty()
    {
        var pod = PodOf("waiting", "");
        pod["spec"]!["containers"]![0]!["image"] = "docker.io/local/missing:1";
        await TestCluster.ApplyAsync(pod.ToJsonString());
        await Eventually.GetAsync(
            () => Client.GetAsync<Pod>(_namespace, "waiting", CancellationToken.None),
            found => found?.Status?.ContainerStatuses?[0].State?.Waiting?.Reason is "ErrImagePull" or "ImagePullBackOff",
            "the image to be missed");

        Assert.That(await Client.ReadLogAsync(_namespace, "waiting", "agent", 10, previous: false, 1_000, CancellationToken.None), Is.Empty);
        Assert.That(await Client.ReadLogAsync(_namespace, "waiting", "agent", 10, previous: true, 1_000, CancellationToken.None), Is.Empty);
        Assert.That(await Client.ReadLogAsync(_namespace, "nobody", "agent", 10, previous: false, 1_000, CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task PodLog_WhenTheNodeBeginsAnotherFileBeforeASlowFollowerHasReadTheOld_HasEveryLine()
    {
        // The node looks every 10 s whether a file has more than 10 MB. Right after it began one it has long to go until it looks again: then comes the flood,
        // and after that the follower, who has never been at the end of the file when the next one begins.
        await TestCluster.ApplyAsync(PodOf("turned", """
            import itertools, os, time
            lines = itertools.count()
            def flood(count):
                for _ in range(count): print(next(lines), 'x' * 1000)
                print(next(lines), flush=True)
            flood(11_000)
            while True:
                print(next(lines), flush=True)
                time.sleep(0.1)
                if os.path.exists('/tmp/flood'):
                    flood(25_000)
                    os.remove('/tmp/flood')
            """).ToJsonString());
        await Eventually.GetAsync(
            () => Client.GetAsync<Pod>(_namespace, "turned", CancellationToken.None), pod => pod?.Status?.ContainerStatuses?[0].State?.Running is not null, "the pod");

        // Only what the log says of itself may help, not the limit after which a silent connection counts as dead.
        var client = new KubernetesClient(_http.Client, TimeProvider.System, new KubernetesClientOptions { LogIdleLimit = Timeout.InfiniteTimeSpan });
        using var limit = new CancellationTokenSource(Eventually.Deadline);
        var (start, log) = await FollowAfterAFloodAsync();
        await using var _ = log;
        var begins = await Eventually.GetAsync(FirstThereAsync, first => first > start, "another file");

        for (var expected = start + 1; expected < begins + 10; expected++)
            Assert.That(await NextAsync(log), Is.EqualTo($"{expected}"));

        async Task<(int Start, IAsyncEnumerator<LogLine> Log)> FollowAfterAFloodAsync()
        {
            for (var last = 0; ;)
            {
                var first = last = await Eventually.GetAsync(FirstThereAsync, first => first > last, "a new file");
                await TestCluster.KubectlAsync(
                    "exec", "-n", _namespace, "turned", "--", "sh", "-c", "touch /tmp/flood; while test -e /tmp/flood; do sleep 0.1; done");
                var follower = new PodLog(client, new ObjectMeta { Namespace = _namespace, Name = "turned" }, TimeProvider.System)
                    .ReadAsync(follow: true, previous: false, since: null, tail: null, limit.Token).GetAsyncEnumerator(limit.Token);
                if (await NextAsync(follower) == $"{first}")
                    return (first, follower);

                // All of that took so long that the node has looked again: once more.
                await follower.DisposeAsync();
            }
        }

        async Task<string?> NextAsync(IAsyncEnumerator<LogLine> log)
        {
            while (await log.MoveNextAsync())
            {
                if (!IsRest(log.Current.Text))
                    return NameOf(log.Current.Text);
            }

            return null;
        }

        async Task<int> FirstThereAsync()
        {
            using var there = await Client.OpenLogAsync(new LogRequest(_namespace, "turned", "agent"), CancellationToken.None);
            while (there is not null && await there.ReadAsync(CancellationToken.None) is { } line)
            {
                if (!IsRest(line.Text))
                    return int.Parse(NameOf(line.Text), CultureInfo.InvariantCulture);
            }

            return -1;
        }

        // A line may have been cut where the other file begins.
        static bool IsRest(string text) => text.StartsWith('x');

        // A remark of the server's stays whole.
        static string NameOf(string line) => char.IsAsciiDigit(line[0]) ? line.Split(' ')[0] : line;
    }

    [Test]
    public async Task GetAsync_WhenTheTokenIsWrong_ThrowsUnauthorized()
    {
        using var http = new KubernetesHttp(_connection with { Credentials = new TokenCredentials("wrong") }, TimeProvider.System);

        var failure = Assert.ThrowsAsync<KubernetesApiException>(
            () => new KubernetesClient(http.Client, TimeProvider.System).GetAsync<Namespace>(null, "default", CancellationToken.None));

        Assert.That(failure.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await Client.GetAsync<Namespace>(null, "default", CancellationToken.None), Is.Not.Null);
    }

    private Task PatchAsync(string kind, string name, string mergePatch) =>
        TestCluster.KubectlAsync("patch", kind, name, "-n", _namespace, "--type=merge", "-p", mergePatch);

    /// <summary>A namespace with a name that nobody has, which goes when the tests are done.</summary>
    private async Task<string> CreateNamespaceAsync()
    {
        var name = $"test-{Guid.NewGuid():N}";
        await Client.ApplyAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, CancellationToken.None);
        _namespaces.Add(name);
        return name;
    }

    private static Dictionary<string, string> App(string name) => new() { ["app"] = name };

    private static Dictionary<string, string> Memory(string quantity) => new() { ["memory"] = quantity };

    private JsonObject PodOf(string name, string program) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = _namespace },
        ["spec"] = new JsonObject
        {
            ["terminationGracePeriodSeconds"] = 0,
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "agent",
                ["image"] = TestCluster.AgentImage,
                ["imagePullPolicy"] = "IfNotPresent",
                ["command"] = new JsonArray("python3", "-c", program),
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "10m" } },
            }),
        },
    };

    private static Deployment FullDeployment(ObjectMeta metadata) => new()
    {
        Metadata = metadata,
        Spec = new DeploymentSpec
        {
            Replicas = 0,
            Selector = new LabelSelector { MatchLabels = App("all") },
            Strategy = new DeploymentStrategy { Type = "RollingUpdate", RollingUpdate = new RollingUpdate { MaxSurge = 1, MaxUnavailable = 0 } },
            ProgressDeadlineSeconds = 300,
            RevisionHistoryLimit = 2,
            Template = new PodTemplate
            {
                Metadata = new PodTemplateMeta { Labels = App("all"), Annotations = App("all") },
                Spec = new PodSpec
                {
                    AutomountServiceAccountToken = false,
                    EnableServiceLinks = false,
                    SecurityContext = new PodSecurityContext { RunAsNonRoot = true, RunAsUser = 10_001, RunAsGroup = 10_001, SeccompProfile = new SeccompProfile() },
                    ImagePullSecrets = [new LocalReference { Name = "pull" }],
                    TerminationGracePeriodSeconds = 10,
                    Containers =
                    [
                        new Container
                        {
                            Name = "agent",
                            Image = TestCluster.AgentImage,
                            ImagePullPolicy = "IfNotPresent",
                            Ports = [new ContainerPort { Name = "http", Port = 8000 }],
                            Env = [new EnvironmentVariable { Name = "PORT", Value = "8000" }],
                            EnvFrom = [new EnvironmentSource { SecretRef = new LocalReference { Name = "all" } }],
                            Resources = new ResourceRequirements { Requests = Memory("64Mi"), Limits = Memory("128Mi") },
                            ReadinessProbe = new Probe { TcpSocket = new TcpSocketAction { Port = 8000 }, PeriodSeconds = 1, TimeoutSeconds = 1, FailureThreshold = 3 },
                            SecurityContext = new ContainerSecurityContext { AllowPrivilegeEscalation = false, Privileged = false, ReadOnlyRootFilesystem = false, Capabilities = new Capabilities { Drop = ["ALL"] } },
                            VolumeMounts = [new VolumeMount { Name = "code", MountPath = "/app/graphs", ReadOnly = true }, new VolumeMount { Name = "run", MountPath = "/run/agent" }],
                        },
                    ],
                    Volumes = [new Volume { Name = "code", HostPath = new HostPathVolume { Path = "/nowhere", Type = "Directory" } }, new Volume { Name = "run", EmptyDir = new EmptyDirVolume { SizeLimit = "10Mi" } }],
                },
            },
        },
    };

    private Service ServiceNamed(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = _namespace },
        Spec = new ServiceSpec { Selector = App(name), Ports = [new ServicePort { Name = "http", Port = 80, TargetPort = 8000 }] },
    };

    private sealed class Files : IKubeConfigFiles
    {
        public string? ReadText(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
    }
}
