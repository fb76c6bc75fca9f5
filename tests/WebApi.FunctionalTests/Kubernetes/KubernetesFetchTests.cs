using System.Net;
using System.Net.Http.Headers;
using StackAgent.Domain.Stacks;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>Agents in the real cluster whose pods fetch their code, with StackAgent's own image and the tokens that the cluster makes.</summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class KubernetesFetchTests
{
    private KubernetesServer _server;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await KubernetesServer.StartAsync(settings: new Dictionary<string, string>
    {
        ["CODE_DELIVERY"] = "http",
        ["CODE_FETCH_IMAGE"] = await TestImage.NameAsync(),
    });

    [OneTimeTearDown]
    public async Task EndAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Upload_WhenCodeIsFetched_RunsThroughItsRevisionsWithoutTheNodesDisk()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var agent = await caller.DeployAsync(stack, "inspector", ClusterAgents.Inspector);
        await caller.UntilAsync($"/api/agents/{agent}", "running");
        var path = $"/stacks/{stack}/agents/{agent}/";

        var answer = await caller.GetAsync(path);
        Assert.That(answer.Text("notes"), Is.EqualTo("as uploaded"));
        Assert.That(answer.Body.GetProperty("user").GetInt32(), Is.EqualTo(10_001));
        Assert.That(answer.Body.GetProperty("token").GetBoolean(), Is.False);
        foreach (var change in new[] { "write", "overwrite", "remove" })
            Assert.That(answer.Text(change), Is.EqualTo("Read-only file system"), change);

        var pod = (await ClusterObjects.GetAsync("deployment", $"agent-{agent}", Stack.NamespaceFor(stack)))["spec"]!["template"]!["spec"]!;
        Assert.That(pod["volumes"]!.AsArray().Select(volume => volume!["hostPath"]), Is.All.Null);
        var ns = await ClusterObjects.GetAsync("namespace", Stack.NamespaceFor(stack));
        Assert.That($"{ns["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]}", Is.EqualTo("restricted"));

        var changed = await caller.ChangeCodeAsync(agent, ClusterAgents.Healthy, query: "?wait=120s");
        Assert.That((changed.Status, changed.Text("state")), Is.EqualTo((HttpStatusCode.OK, "active")), changed.Body.ToString());
        Assert.That((await caller.GetAsync(path)).Body.ToString(), Is.EqualTo("hello"));

        var back = await caller.PostAsync($"/api/agents/{agent}/rollback?wait=120s", new { revision = 1 });
        Assert.That((back.Status, back.Text("state")), Is.EqualTo((HttpStatusCode.OK, "active")), back.Body.ToString());
        Assert.That((await caller.GetAsync(path)).Text("notes"), Is.EqualTo("as uploaded"));
    }

    [Test]
    public async Task Restart_WhenTheStoredCodeIsAnother_SaysSoUntilItIsRight()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var agent = await caller.DeployAsync(stack, "agent", ClusterAgents.Healthy);
        await caller.UntilAsync($"/api/agents/{agent}", "running");
        var zip = Path.Combine(_server.Product.AgentFolder(stack, agent), "revisions", "1", "agent.zip");

        await File.WriteAllBytesAsync(zip, ClusterAgents.Crashing);
        await TestCluster.KubectlAsync("delete", "pods", "-n", Stack.NamespaceFor(stack), "--all", "--wait=false");

        var failed = await caller.UntilAsync($"/api/agents/{agent}", "failed");
        Assert.That(failed.Text("status_reason"), Is.EqualTo("CodeNotFetched"));
        Assert.That(failed.Text("status_message"), Does.Contain("other code than that of this revision").And.Contain("Upload the code again."));

        await File.WriteAllBytesAsync(zip, ClusterAgents.Healthy);
        await TestCluster.KubectlAsync("delete", "pods", "-n", Stack.NamespaceFor(stack), "--all", "--wait=false");
        await caller.UntilAsync($"/api/agents/{agent}", "running");
    }

    [Test]
    public async Task Get_WhenTheTokenIsNotOfAnAgentsPod_GivesNothing()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var agent = await caller.DeployAsync(stack, "agent", ClusterAgents.Healthy);
        await caller.UntilAsync($"/api/agents/{agent}", "running");
        var ns = Stack.NamespaceFor(stack);
        var pods = await TestCluster.GetAsync("pods", "-n", ns);
        var (name, uid) = ($"{pods!["items"]![0]!["metadata"]!["name"]}", $"{pods["items"]![0]!["metadata"]!["uid"]}");

        Assert.That(await FetchAsync(caller.Http.DefaultRequestHeaders.Authorization!.Parameter!), Is.EqualTo(HttpStatusCode.Unauthorized), "an access token");
        Assert.That(
            await FetchAsync(await TestCluster.CreatePodTokenAsync(ns, name, uid, "https://kubernetes.default.svc")), Is.EqualTo(HttpStatusCode.Unauthorized), "the API server's");
        var own = await TestCluster.CreatePodTokenAsync(ns, name, uid, "stackagent");
        Assert.That(await FetchAsync(own), Is.EqualTo(HttpStatusCode.OK), "the pod's own");
        Assert.That(await FetchAsync(own[..^8] + "AAAAAAAA"), Is.EqualTo(HttpStatusCode.Unauthorized), "signed by nobody");
    }

    private async Task<HttpStatusCode> FetchAsync(string token)
    {
        using var http = new HttpClient { BaseAddress = _server.Product.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.GetAsync("/internal/code");
        return answer.StatusCode;
    }
}
