using System.Net;
using StackAgent.Domain.Stacks;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>StackAgent inside the cluster that it runs agents in, from its manifests and its image to an agent's last trace.</summary>
[Category(TestCluster.Category)]
internal sealed class InClusterTests
{
    [TestCase("one-node", true)]
    [TestCase("many-nodes", false)]
    public async Task Overlay_WhenItIsApplied_RunsTwoServersThatRunAgents(string overlay, bool codeIsOnTheNode)
    {
        await using var installation = await InCluster.StartAsync(overlay);
        var replicas = await installation.ReplicasAsync();
        Assert.That(replicas, Has.Count.EqualTo(2));
        foreach (var replica in replicas)
        {
            using var own = new Caller(new HttpClient { BaseAddress = replica });
            Assert.That((await own.GetAsync("/health/ready")).Status, Is.EqualTo(HttpStatusCode.OK), $"{replica}");
        }

        using var caller = new Caller(new HttpClient { BaseAddress = installation.Address });
        await caller.SignUpAsync();
        var stack = await caller.CreateStackAsync();
        var objects = new ClusterObjects($"stackagent.io/stack-id={stack}");
        try
        {
            await LiveAsync(caller, stack, codeIsOnTheNode);
            Assert.That(await objects.ListAsync(stack), Is.Empty);
            Assert.That((await caller.DeleteAsync($"/api/stacks/{stack}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
            await caller.UntilGoneAsync($"/api/stacks/{stack}");
            Assert.That(await ClusterObjects.FindAsync("namespace", Stack.NamespaceFor(stack)), Is.Null);
        }
        catch (Exception exception)
        {
            throw new AssertionException($"{exception.Message}\n{await installation.LogAsync()}", exception);
        }
        finally
        {
            await objects.RemoveAsync();
        }
    }

    private static async Task LiveAsync(Caller caller, Guid stack, bool codeIsOnTheNode)
    {
        var agent = await caller.DeployAsync(stack, "echo", ClusterAgents.Echo);
        await caller.UntilAsync($"/api/agents/{agent}", "running");
        var pod = (await ClusterObjects.GetAsync("deployment", $"agent-{agent}", Stack.NamespaceFor(stack)))["spec"]!["template"]!["spec"]!;
        Assert.That(pod["volumes"]!.AsArray().Any(volume => volume!["hostPath"] is not null), Is.EqualTo(codeIsOnTheNode));

        // A replica may hear of a pod a moment after the other has told that it runs.
        var echo = await Eventually.GetAsync(
            () => caller.GetAsync($"/stacks/{stack}/agents/{agent}/any/path"), reply => reply.Status == HttpStatusCode.OK, "the agent's answer");
        Assert.That((echo.Text("agent_id"), echo.Text("path")), Is.EqualTo((agent.ToString(), "/any/path")));

        var reported = await Eventually.GetAsync(
            () => caller.GetAsync($"/api/agents/{agent}/status"), reply => reply.Status == HttpStatusCode.OK && reply.Text("status") == "success", "the agent's report");
        Assert.That(reported.Text("message"), Is.EqualTo("GET /any/path"));

        using var log = await caller.Http.GetAsync($"/api/agents/{agent}/logs");
        Assert.That(log.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await log.Content.ReadAsStringAsync(), Is.Not.Empty);

        Assert.That((await caller.DeleteAsync($"/api/agents/{agent}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        await caller.UntilGoneAsync($"/api/agents/{agent}");
    }
}
