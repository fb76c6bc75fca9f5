using System.Diagnostics;
using System.Net;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>The API while there is no cluster: everything is taken at once, whoever asks learns why it waits, and it is done when the cluster is there.</summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class KubernetesOutageTests
{
    /// <summary>Less than a call to a cluster that doesn't answer takes, more than anything else does on a busy machine.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(8);

    [Test]
    public async Task Start_WhenNothingListensWhereTheClusterShouldBe_ServesAndCatchesUp()
    {
        var port = ServerProcess.FreePort();
        await using var server = await KubernetesServer.StartAsync(clusterPort: port);
        var (caller, stack, agent) = await AskForAllAsync(server);
        using (caller)
        {
            await using var link = await ClusterLink.OpenAsync(port, forwards: true);
            await AssertCaughtUpAsync(server, caller, stack, agent);
        }
    }

    [Test]
    public async Task Start_WhenTheClusterAcceptsConnectionsAndSaysNothing_ServesAndCatchesUp()
    {
        var port = ServerProcess.FreePort();
        await using var link = await ClusterLink.OpenAsync(port, forwards: false);
        await using var server = await KubernetesServer.StartAsync(clusterPort: port);
        var (caller, stack, agent) = await AskForAllAsync(server);
        using (caller)
        {
            Assert.That(link.Accepted, Is.Positive, "somebody has to have tried");
            link.Forward();
            await AssertCaughtUpAsync(server, caller, stack, agent);
        }
    }

    private static async Task<(Caller Caller, Guid Stack, Guid Agent)> AskForAllAsync(KubernetesServer server)
    {
        var caller = await server.Product.NewCallerAsync();
        var slowest = TimeSpan.Zero;
        var stack = await TimedAsync(() => caller.CreateStackAsync());
        var agent = await TimedAsync(() => caller.DeployAsync(stack, "agent", ClusterAgents.Healthy));
        var gone = await TimedAsync(() => caller.DeployAsync(stack, "unwanted", ClusterAgents.Healthy));
        await TimedAsync(() => caller.DeleteAsync($"/api/agents/{gone}"));

        foreach (var (path, status) in new[] { ($"/api/stacks/{stack}", "creating"), ($"/api/agents/{agent}", "pending"), ($"/api/agents/{gone}", "deleting") })
        {
            var waiting = await Eventually.GetAsync(
                () => TimedAsync(() => caller.GetAsync(path)),
                reply => reply.Body.GetProperty("status_reason").GetString() == "ClusterUnreachable",
                $"{path} to say why it waits");
            Assert.That(waiting.Text("status"), Is.EqualTo(status));
            Assert.That(waiting.Text("status_message"), Does.EndWith("."));
        }

        var ready = await Eventually.GetAsync(
            () => TimedAsync(() => caller.GetAsync("/health/ready")), reply => !reply.Text("detail").Contains("still reading", StringComparison.Ordinal), "the cause");
        Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(ready.Text("detail"), Does.StartWith("runtime: StackAgent couldn't ").And.EndWith("."));
        Assert.That((await TimedAsync(() => caller.GetAsync("/health/live"))).Status, Is.EqualTo(HttpStatusCode.OK));
        await TestContext.Out.WriteLineAsync($"{ready.Text("detail")} The slowest request took {slowest.TotalSeconds:0.00} s");
        Assert.That(slowest, Is.LessThan(AtOnce));
        return (caller, stack, agent);

        async Task<T> TimedAsync<T>(Func<Task<T>> request)
        {
            var started = Stopwatch.GetTimestamp();
            var answer = await request();
            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            return answer;
        }
    }

    private static async Task AssertCaughtUpAsync(KubernetesServer server, Caller caller, Guid stack, Guid agent)
    {
        await caller.UntilAsync($"/api/stacks/{stack}", "ready");
        var running = await caller.UntilAsync($"/api/agents/{agent}", "running");
        Assert.That(running.Body.GetProperty("status_reason").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        await Eventually.GetAsync(() => caller.GetAsync("/health/ready"), reply => reply.Status == HttpStatusCode.OK, "the server to be ready");
        await Eventually.GetAsync(
            () => caller.GetAsync($"/api/stacks/{stack}/agents"), reply => reply.Body.GetProperty("total").GetInt32() == 1, "the unwanted agent to be gone");
        Assert.That(await server.Objects.ListAsync(stack), Is.EqualTo(ClusterObjects.PartsOf(agent)));
    }
}
