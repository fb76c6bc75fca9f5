using System.Net;
using System.Text.Json;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>Whatever the cluster does while stacks and agents come and go, in the end it holds what the rows say, once, and nothing else.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class ClusterFaultTests
{
    [Test]
    public async Task Reconcile_WhenTheClusterIsOverloaded_WaitsAndSettles()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();

        bed.Cluster.Inject(new FakeFault.Answer(HttpStatusCode.TooManyRequests, request => request.IsWrite, Times: 6) { RetryAfter = "1" });
        await ChangeAsync(bed, stack, agents);

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenEveryRequestFailsForAWhile_SaysSoAndSettles()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();

        bed.Cluster.Inject(new FakeFault.Answer(HttpStatusCode.InternalServerError, Times: int.MaxValue));
        bed.Cluster.CutWatches();
        var added = await ChangeAsync(bed, stack, agents);
        var waiting = await bed.Bed.UntilAgentAsync(added, agent => agent?.StatusReason is not null);
        Assert.That(waiting!.Status, Is.EqualTo(AgentStatus.Deploying).Or.EqualTo(AgentStatus.Pending));
        Assert.That(waiting.StatusMessage, Does.Contain("tries again"));
        await Eventually.TrueAsync(async () => await bed.Runtime.CheckHealthAsync(CancellationToken.None) is not null, "the trouble to be known");
        await bed.UntilAskedAsync(_ => true, times: 20);
        bed.Cluster.Heal();

        await bed.SettleAsync();
        await Eventually.TrueAsync(async () => await bed.Runtime.CheckHealthAsync(CancellationToken.None) is null, "the runtime to be healthy");
    }

    [Test]
    public async Task Reconcile_WhenAnEarlierLeadersWriteComesAfterTheLastOne_PutsTheLastOneBack()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();
        var (ns, name) = (Stack.NamespaceFor(stack), $"agent-{agents[0]}");
        var before = bed.Cluster.All<Deployment>().Single(found => found.Metadata.Name == name).Metadata.Annotations![ObjectWriter.AppliedAnnotation];

        // By the same hand, and complete in itself: nothing but the digest tells.
        bed.Cluster.Edit<Deployment>(ns, name, json => json["metadata"]!["annotations"]![ObjectWriter.AppliedAnnotation] = "an older one", KubernetesClient.FieldManager);

        await Eventually.TrueAsync(
            () => bed.Cluster.All<Deployment>().Single(found => found.Metadata.Name == name).Metadata.Annotations![ObjectWriter.AppliedAnnotation] == before,
            "the last one to be back");
        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenWatchesBreakInTheMiddleOfALine_Settles()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();

        bed.Cluster.TearNextEvents(8);
        await ChangeAsync(bed, stack, agents);

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenMuchHappensInAGapThatTheClusterForgets_Settles()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();
        var ns = Stack.NamespaceFor(stack);

        bed.Cluster.Inject(new FakeFault.Cut(request => request.IsWatch || request.IsList, Times: int.MaxValue));
        bed.Cluster.CutWatches();
        await bed.UntilAskedAsync(request => request.IsWatch, times: 5);
        bed.Cluster.Remove<Deployment>(ns, $"agent-{agents[0]}");
        bed.Cluster.Remove<Ingress>(ns, $"agent-{agents[0]}");
        bed.Cluster.Edit<Service>(ns, $"agent-{agents[1]}", service => service["spec"]!["ports"]![0]!["port"] = 81);
        await ChangeAsync(bed, stack, agents);
        bed.Cluster.ForgetHistory();
        bed.Cluster.Heal();

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenWatchesFallSilent_NoticesAndSettles()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();

        bed.Cluster.Silent = true;
        bed.Cluster.Remove<Deployment>(Stack.NamespaceFor(stack), $"agent-{agents[0]}");
        await bed.UntilAskedAsync(request => request.IsWatch, times: 5);
        bed.Cluster.Silent = false;

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenAnswersAreLostAfterTheDeed_DoesNothingTwice()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();

        bed.Cluster.Inject(new FakeFault.CutAfter(request => request.IsWrite, Times: 5));
        await ChangeAsync(bed, stack, agents);

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenTheClusterHangs_GoesOnWithTheRestAndSettles()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();

        bed.Cluster.Inject(new FakeFault.Hang(request => request.IsWrite, Times: 2));
        await ChangeAsync(bed, stack, agents);

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenTheClusterIsDownAtTheStart_SaysSoAndRecovers()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        await bed.Cluster.StopAsync();
        await bed.Bed.StartAsync();
        var (stack, _) = await bed.Bed.AddAsync();

        var waiting = await bed.Bed.UntilStackAsync(stack, found => found?.StatusReason == KubernetesConnectionException.Unreachable);
        Assert.That(waiting!.Status, Is.EqualTo(StackStatus.Creating));
        Assert.That(waiting.StatusMessage, Does.Contain("can't be reached"));
        Assert.That(await bed.Runtime.CheckHealthAsync(CancellationToken.None), Does.Contain("can't be reached"));
        await bed.Cluster.StartAsync();

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenTheClusterGoesDownAndComesBack_Settles()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();

        await bed.Cluster.StopAsync();
        await ChangeAsync(bed, stack, agents);
        bed.Cluster.Remove<Deployment>(Stack.NamespaceFor(stack), $"agent-{agents[0]}");
        await bed.Cluster.StartAsync();

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenTheTokenFileRotates_GoesOnWithTheNewOne()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["token"], "first");
        await using var bed = await FakeClusterBed.CreateAsync(connection => connection with { Credentials = new TokenFileCredentials(folder["token"]) });
        bed.Cluster.BearerToken = "first";
        var (stack, agents) = await bed.StartWithAgentsAsync();

        await File.WriteAllTextAsync(folder["token"], "second");
        bed.Cluster.BearerToken = "second";
        bed.Cluster.CutWatches();
        await ChangeAsync(bed, stack, agents);

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenThePluginsCredentialExpires_AsksForAnother()
    {
        using var folder = new TemporaryFolder();
        Print("first");
        var plugin = new PluginCredentials("client.authentication.k8s.io/v1", "cat", [folder["answer"]], [], ProvideClusterInfo: false, InstallHint: null, "the test");
        await using var bed = await FakeClusterBed.CreateAsync(connection => connection with { Credentials = plugin });
        bed.Cluster.BearerToken = "first";
        var (stack, agents) = await bed.StartWithAgentsAsync();

        Print("second");
        bed.Cluster.BearerToken = "second";
        bed.Cluster.CutWatches();
        await ChangeAsync(bed, stack, agents);

        await bed.SettleAsync();

        void Print(string token) => File.WriteAllText(folder["answer"], JsonSerializer.Serialize(new
        {
            apiVersion = "client.authentication.k8s.io/v1",
            kind = "ExecCredential",
            status = new { token, expirationTimestamp = DateTimeOffset.UtcNow.AddHours(1) },
        }));
    }

    [Test]
    public async Task Reconcile_WhenTheCredentialsAreRefused_SaysSoAndRecovers()
    {
        await using var bed = await FakeClusterBed.CreateAsync(connection => connection with { Credentials = new TokenCredentials("right") });
        bed.Cluster.BearerToken = "another";
        await bed.Bed.StartAsync();
        var (stack, _) = await bed.Bed.AddAsync();

        await Eventually.TrueAsync(
            async () => await bed.Runtime.CheckHealthAsync(CancellationToken.None) is { } trouble && trouble.Contains("credentials", StringComparison.Ordinal),
            "the trouble to be known");
        await bed.Bed.UntilStackAsync(stack, found => found?.StatusReason == KubernetesConnectionException.CredentialsRefused);
        bed.Cluster.BearerToken = "right";

        await bed.SettleAsync();
    }

    [Test]
    public async Task Reconcile_WhenTheCertificateIsForAnotherHost_SendsNothing()
    {
        await using var bed = await FakeClusterBed.CreateAsync(certifiedHost: "elsewhere.example");
        await bed.Bed.StartAsync();
        var (stack, _) = await bed.Bed.AddAsync();

        var waiting = await bed.Bed.UntilStackAsync(stack, found => found?.StatusReason == KubernetesConnectionException.Untrusted);

        Assert.That(waiting!.StatusMessage, Does.Contain("another host name"));
        Assert.That(bed.Cluster.Requests, Is.Empty);
    }

    [Test]
    public async Task Reconcile_WhenNothingChanges_AsksTheClusterForNothing()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        await bed.StartWithAgentsAsync();
        var before = Written();

        // A full pass, which looks at everything.
        await bed.Bed.RestartAsync();
        await bed.SettleAsync();

        var after = Written();
        Assert.That(after.Where(request => request.IsOf(Deployment.Kind) || request.IsOf(Service.Kind) || request.IsOf(Ingress.Kind) || request.IsOf(Secret.Kind)).Except(before), Is.Empty);

        List<FakeRequest> Written() => [.. bed.Cluster.Requests.Where(request => request.IsWrite)];
    }

    [Test]
    public async Task Reconcile_WhenAPodMissesSomethingThatIsNotOurs_DoesNotKeepWritingTheSecret()
    {
        await using var bed = await FakeClusterBed.CreateAsync();
        var (stack, agents) = await bed.StartWithAgentsAsync();
        var (ns, name) = (Stack.NamespaceFor(stack), $"agent-{agents[0]}");
        var deployment = bed.Cluster.Find<Deployment>(ns, name)!;
        bed.Cluster.Put(new Pod
        {
            Metadata = new ObjectMeta
            {
                Name = $"{name}-x",
                Namespace = ns,
                Labels = deployment.Metadata.Labels,
                Annotations = deployment.Spec.Template!.Metadata!.Annotations,
            },
            Status = new PodStatus
            {
                Phase = "Pending",
                ContainerStatuses =
                [
                    new ContainerStatus
                    {
                        Name = AgentPod.ContainerName,
                        State = new ContainerState { Waiting = new ContainerWaiting { Reason = "CreateContainerConfigError", Message = "configmap not found" } },
                    },
                ],
            },
        });
        bed.Cluster.Edit<Deployment>(ns, name, json => json["status"]!["availableReplicas"] = 0, manager: "kube-controller-manager");
        await bed.Bed.UntilAgentAsync(agents[0], agent => agent?.StatusReason == "CreateContainerConfigError");

        // Whatever the rest of the product does meanwhile takes more rounds than a loop would need to show.
        var added = await bed.Bed.AddAgentAsync(stack);
        await Eventually.TrueAsync(() => bed.Cluster.Find<Ingress>(ns, $"agent-{added}") is not null, "another agent to be deployed");

        var written = bed.Cluster.Requests.Count(request => request.IsWrite && request.IsOf(Secret.Kind) && request.Path.EndsWith($"{name}-r1", StringComparison.Ordinal));
        Assert.That(written, Is.LessThanOrEqualTo(5), "once when the agent was made, and then once a minute at most");
    }

    /// <summary>One agent comes, one goes. Returns the one that comes.</summary>
    private static async Task<Guid> ChangeAsync(FakeClusterBed bed, Guid stack, IReadOnlyList<Guid> agents)
    {
        var added = await bed.Bed.AddAgentAsync(stack);
        await bed.Bed.DeleteAgentAsync(agents[^1]);
        return added;
    }
}
