using NSubstitute;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>What somebody changes behind the server's back is seen, reported to the reconciler, and put back by the next application.</summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class SelfHealingTests
{
    [Test]
    public async Task ApplyAgent_WhenTheServiceWasEdited_PutsItBack()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await RunningAsync(bed);
        var before = await SpecAsync("service", agent.Agent);

        // Another port under the name of ours, and a selector that finds nothing: applying alone could take neither back.
        await PatchAsync("service", agent.Agent, """[{"op":"replace","path":"/spec/ports/0/port","value":81},{"op":"add","path":"/spec/selector/other","value":"x"}]""");
        await AskedForAsync(bed, agent);
        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);

        Assert.That(await SpecAsync("service", agent.Agent), Is.EqualTo(before));
    }

    [Test]
    public async Task ApplyAgent_WhenTheDeploymentWasEdited_PutsItBack()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await RunningAsync(bed);
        var before = await SpecAsync("deployment", agent.Agent);

        await PatchAsync("deployment", agent.Agent, """
            [{"op":"replace","path":"/spec/replicas","value":0},
             {"op":"add","path":"/spec/template/spec/containers/0/env/-","value":{"name":"X","value":"y"}},
             {"op":"replace","path":"/spec/template/spec/automountServiceAccountToken","value":true}]
            """);
        await AskedForAsync(bed, agent);
        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);

        Assert.That(await SpecAsync("deployment", agent.Agent), Is.EqualTo(before));
    }

    [Test]
    public async Task ApplyAgent_WhenTheIngressWasEdited_PutsItBack()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await RunningAsync(bed);
        var before = await SpecAsync("ingress", agent.Agent);

        await PatchAsync("ingress", agent.Agent, """[{"op":"replace","path":"/spec/rules/0/http/paths/0/path","value":"/elsewhere"}]""");
        await AskedForAsync(bed, agent);
        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);

        Assert.That(await SpecAsync("ingress", agent.Agent), Is.EqualTo(before));
    }

    [TestCase("deployment")]
    [TestCase("service")]
    [TestCase("ingress")]
    public async Task ApplyAgent_WhenSomethingWasDeleted_MakesItAnew(string kind)
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await RunningAsync(bed);

        await TestCluster.KubectlAsync("delete", kind, "-n", Stack.NamespaceFor(agent.Agent.StackId), ObjectLabels.NameOf(agent.Agent));
        await AskedForAsync(bed, agent);
        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);

        Assert.That(await SpecAsync(kind, agent.Agent), Is.Not.Null);
    }

    [Test]
    public async Task ApplyAgent_WhenNothingChanged_WritesNothing()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await RunningAsync(bed);
        var before = await VersionsAsync(agent.Agent);

        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);

        Assert.That(await VersionsAsync(agent.Agent), Is.EqualTo(before));
        bed.Reconciler.DidNotReceiveWithAnyArgs().Enqueue(default);
    }

    [Test]
    public async Task ApplyStack_WhenTheNamespaceWasDeleted_MakesItAnewAndSaysSo()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await RunningAsync(bed);
        var stack = agent.Agent.StackId;
        Assert.That(await bed.Runtime.ApplyStackAsync(stack, CancellationToken.None), Is.False);

        await TestCluster.KubectlAsync("delete", "namespace", Stack.NamespaceFor(stack), "--wait=false");
        await Eventually.TrueAsync(() => Received(bed, ReconcileKey.Stack(stack)), "the reconciler is asked for the stack");

        await Eventually.TrueAsync(() => MadeAnewAsync(bed, stack), "the namespace is made anew");
        var seen = bed.Observations.Of(agent.Agent).Count;
        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running, skip: seen);
    }

    [Test]
    public async Task List_WhenObjectsAreNotOurs_LeavesThemOut()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        await using var other = await KubernetesTestBed.StartAsync();
        var agent = await RunningAsync(bed);
        var foreign = await RunningAsync(other);

        await Eventually.TrueAsync(
            async () => (await bed.Runtime.ListAsync(CancellationToken.None)).Agents.Contains(agent.Agent), "the agent is listed");
        var inventory = await bed.Runtime.ListAsync(CancellationToken.None);

        Assert.That(inventory.Agents, Is.EqualTo(new[] { agent.Agent }));
        Assert.That(inventory.Stacks, Is.EqualTo(new[] { agent.Agent.StackId }));
        Assert.That(await bed.Runtime.RemoveStackAsync(foreign.Agent.StackId, CancellationToken.None), Is.True, "there is nothing of this installation to remove");
        Assert.That(await SpecAsync("deployment", foreign.Agent), Is.Not.Null);
    }

    [Test]
    public async Task ApplyStack_WhenTheNamespaceIsSomebodyElses_RefusesAndLeavesIt()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var stack = Guid.CreateVersion7();
        var name = Stack.NamespaceFor(stack);
        await TestCluster.KubectlAsync("create", "namespace", name);
        try
        {
            var refusal = Assert.ThrowsAsync<RuntimeRefusedException>(() => bed.Runtime.ApplyStackAsync(stack, CancellationToken.None));

            Assert.That(refusal!.Reason, Is.EqualTo("NamespaceTaken"));
            Assert.That(await bed.Runtime.RemoveStackAsync(stack, CancellationToken.None), Is.True);
            Assert.That((await TestCluster.GetAsync("namespace", name))!["metadata"]!["deletionTimestamp"], Is.Null);
        }
        finally
        {
            await TestCluster.KubectlAsync("delete", "namespace", name, "--wait=false");
        }
    }

    private static async Task<AgentSpec> RunningAsync(KubernetesTestBed bed)
    {
        var agent = await bed.RunAsync(KubernetesTestBed.HealthyAgent);
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
        return agent;
    }

    private static Task AskedForAsync(KubernetesTestBed bed, AgentSpec agent) =>
        Eventually.TrueAsync(() => Received(bed, ReconcileKey.Agent(agent.Agent.AgentId)), "the reconciler is asked for the agent");

    private static bool Received(KubernetesTestBed bed, ReconcileKey key) =>
        bed.Reconciler.ReceivedCalls().Any(call => call.GetArguments() is [ReconcileKey asked] && asked == key);

    private static async Task<bool> MadeAnewAsync(KubernetesTestBed bed, Guid stack)
    {
        try
        {
            return await bed.Runtime.ApplyStackAsync(stack, CancellationToken.None);
        }
        catch (RuntimeUnavailableException)
        {
            return false;
        }
    }

    private static Task PatchAsync(string kind, AgentRef agent, string patch) => TestCluster.KubectlAsync(
        "patch", kind, "-n", Stack.NamespaceFor(agent.StackId), ObjectLabels.NameOf(agent), "--type=json", "-p", patch);

    private static async Task<string?> SpecAsync(string kind, AgentRef agent) =>
        (await GetAsync(kind, agent))?["spec"]?.ToJsonString();

    private static async Task<string> VersionsAsync(AgentRef agent)
    {
        var versions = new List<string>();
        foreach (var (kind, name) in new[] { ("secret", $"{ObjectLabels.NameOf(agent)}-r1"), ("deployment", null), ("service", null), ("ingress", null) })
            versions.Add((await GetAsync(kind, agent, name))!["metadata"]!["resourceVersion"]!.GetValue<string>());
        return string.Join(' ', versions);
    }

    private static Task<System.Text.Json.Nodes.JsonNode?> GetAsync(string kind, AgentRef agent, string? name = null) =>
        TestCluster.GetAsync(kind, "-n", Stack.NamespaceFor(agent.StackId), name ?? ObjectLabels.NameOf(agent));
}
