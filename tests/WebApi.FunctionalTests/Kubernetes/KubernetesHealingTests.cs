using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using StackAgent.Domain.Stacks;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>What somebody does to the cluster behind StackAgent's back is put back because it is seen: the next full pass is an hour away.</summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class KubernetesHealingTests
{
    private KubernetesServer _server;
    private Caller _caller;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await KubernetesServer.StartAsync();
        _caller = await _server.Product.NewCallerAsync();
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [TestCase("deployment")]
    [TestCase("service")]
    [TestCase("ingress")]
    public async Task Watch_WhenAPartIsDeleted_HasItPutBack(string kind)
    {
        var (stack, agent) = await RunAsync();
        var before = await FindAsync(kind, stack, agent);

        await TestCluster.KubectlAsync("delete", kind, "-n", Stack.NamespaceFor(stack), $"agent-{agent}", "--wait=false");

        await UntilAsync(kind, stack, agent, found => IsOther(found, before) && Spec(found, "clusterIP", "clusterIPs") == Spec(before, "clusterIP", "clusterIPs"), $"a deleted {kind}");
        await AnswersAsync(stack, agent);
    }

    [Test]
    public async Task Watch_WhenTheDeploymentIsScaledToNothing_ScalesItBack()
    {
        var (stack, agent) = await RunAsync();

        await TestCluster.KubectlAsync("scale", "deployment", "--replicas=0", "-n", Stack.NamespaceFor(stack), $"agent-{agent}");

        await UntilAsync("deployment", stack, agent, found => $"{found?["spec"]?["replicas"]}" == "1", "a scaled Deployment");
        await AnswersAsync(stack, agent);
    }

    [Test]
    public async Task Watch_WhenTheServiceIsEdited_PutsItBack()
    {
        var (stack, agent) = await RunAsync();
        var before = await FindAsync("service", stack, agent);

        await TestCluster.KubectlAsync(
            "patch", "service", "-n", Stack.NamespaceFor(stack), $"agent-{agent}", "--type=json",
            "-p", """[{"op":"replace","path":"/spec/ports/0/targetPort","value":1},{"op":"add","path":"/spec/selector/other","value":"x"}]""");

        await UntilAsync("service", stack, agent, found => Spec(found) == Spec(before), "an edited Service");
    }

    [Test]
    public async Task Watch_WhenTheNamespaceIsDeleted_PutsItBackWithAllThatIsInIt()
    {
        var (stack, agent) = await RunAsync();
        var ns = Stack.NamespaceFor(stack);
        var before = await ClusterObjects.FindAsync("namespace", ns);

        await TestCluster.KubectlAsync("delete", "namespace", ns, "--wait=false");

        // Most of this is the cluster's own time to end the old one.
        await Eventually.GetAsync(() => ClusterObjects.FindAsync("namespace", ns), found => IsOther(found, before), "the namespace to be there again");
        await Eventually.GetAsync(
            () => _server.Objects.ListAsync(stack), found => found.SequenceEqual(ClusterObjects.PartsOf(agent)), "its agent to be there again");
        await AnswersAsync(stack, agent);
        Assert.That((await _caller.GetAsync($"/api/stacks/{stack}")).Text("status"), Is.EqualTo("ready"));
    }

    private async Task<(Guid Stack, Guid Agent)> RunAsync()
    {
        var stack = await _caller.CreateStackAsync();
        var agent = await _caller.DeployAsync(stack, "agent", ClusterAgents.Healthy);
        await _caller.UntilAsync($"/api/agents/{agent}", "running");
        return (stack, agent);
    }

    private static async Task UntilAsync(string kind, Guid stack, Guid agent, Func<JsonNode?, bool> isPutBack, string what)
    {
        var started = Stopwatch.GetTimestamp();
        await Eventually.GetAsync(() => FindAsync(kind, stack, agent), isPutBack, $"{what} to be put back");
        await TestContext.Out.WriteLineAsync($"It took {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s until {what} was seen to be put back");
    }

    private async Task AnswersAsync(Guid stack, Guid agent)
    {
        await Eventually.GetAsync(
            () => _caller.GetAsync($"/stacks/{stack}/agents/{agent}/"), reply => reply.Status == HttpStatusCode.OK, "the agent to answer");
        await _caller.UntilAsync($"/api/agents/{agent}", "running");
    }

    private static Task<JsonNode?> FindAsync(string kind, Guid stack, Guid agent) => ClusterObjects.FindAsync(kind, $"agent-{agent}", Stack.NamespaceFor(stack));

    private static bool IsOther(JsonNode? found, JsonNode? before) =>
        found is not null && $"{found["metadata"]!["uid"]}" != $"{before!["metadata"]!["uid"]}" && found["metadata"]!["deletionTimestamp"] is null;

    /// <summary>The specification as text, without what the cluster gives out anew.</summary>
    private static string? Spec(JsonNode? found, params string[] without)
    {
        var spec = found?["spec"]?.DeepClone().AsObject();
        foreach (var field in without)
            spec?.Remove(field);
        return spec?.ToJsonString();
    }
}
