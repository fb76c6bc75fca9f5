using System.Net;
using StackAgent.Domain.Stacks;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>
/// Stacks and agents in the real cluster, from the request to the last trace of them. The next full pass is an hour away: whatever happens
/// here, happens because of what was asked for and seen.
/// </summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class KubernetesLifeTests
{
    private KubernetesServer _server;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await KubernetesServer.StartAsync();

    [OneTimeTearDown]
    public async Task EndAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Upload_WhenItIsTheSample_RunsAnswersAndReportsUntilItIsDeleted()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        await caller.UntilAsync($"/api/stacks/{stack}", "ready");
        var ns = Stack.NamespaceFor(stack);
        Assert.That(await ClusterObjects.FindAsync("namespace", ns), Is.Not.Null);

        var agent = await caller.DeployAsync(stack, "echo", ClusterAgents.Echo);
        var running = await caller.UntilAsync($"/api/agents/{agent}", "running");
        await TellHowSoonAsync(ns, agent);
        Assert.That(await _server.Objects.ListAsync(stack), Is.EqualTo(ClusterObjects.PartsOf(agent)));
        await AssertAsTheContractSaysAsync(stack, agent);

        var root = $"/stacks/{stack}/agents/{agent}/";
        Assert.That(running.Text("api_url"), Is.EqualTo(_server.Product.Address.AbsoluteUri.TrimEnd('/') + root));
        var echo = await caller.GetAsync($"{root}any/path?a=1");
        Assert.That(echo.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((echo.Text("agent_id"), echo.Text("path"), echo.Text("query")), Is.EqualTo((agent.ToString(), "/any/path", "a=1")));

        var reported = await Eventually.GetAsync(
            () => caller.GetAsync($"/api/agents/{agent}/status"), reply => reply.Status == HttpStatusCode.OK && reply.Text("status") == "success", "the agent's report");
        Assert.That(reported.Text("message"), Is.EqualTo("GET /any/path"));

        Assert.That((await caller.DeleteAsync($"/api/agents/{agent}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        await caller.UntilGoneAsync($"/api/agents/{agent}");
        Assert.That(await _server.Objects.ListAsync(stack), Is.Empty);
        Assert.That(await _server.Objects.ListAsync(stack, "pods"), Is.Empty);
        Assert.That(Directory.Exists(_server.Product.AgentFolder(stack, agent)), Is.False);

        Assert.That((await caller.DeleteAsync($"/api/stacks/{stack}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        await AssertGoneAsync(caller, stack);
    }

    [Test]
    public async Task Upload_WhenItRuns_ReadsItsCodeAndMayDoNothingElse()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var agent = await caller.DeployAsync(stack, "inspector", ClusterAgents.Inspector);
        await caller.UntilAsync($"/api/agents/{agent}", "running");

        var answer = await caller.GetAsync($"/stacks/{stack}/agents/{agent}/");

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text("notes"), Is.EqualTo("as uploaded"));
            foreach (var change in new[] { "write", "overwrite", "remove" })
                Assert.That(answer.Text(change), Is.EqualTo("Read-only file system").Or.EqualTo("Permission denied"), change);
            Assert.That(answer.Text("write"), Is.EqualTo("Read-only file system"));
            Assert.That(answer.Body.GetProperty("user").GetInt32(), Is.EqualTo(10_001));
            Assert.That(answer.Body.GetProperty("token").GetBoolean(), Is.False);
            Assert.That(answer.Body.GetProperty("capabilities").EnumerateArray().Select(set => set.GetString()), Is.All.EqualTo("0000000000000000"));
            Assert.That(answer.Text("no_new_privileges"), Is.EqualTo("1"));
            Assert.That(answer.Text("seccomp"), Is.EqualTo("2"), "filtered");
            Assert.That(answer.Text("port"), Is.EqualTo("8000"));
            Assert.That(answer.Text("url"), Is.EqualTo(_server.Product.Address.AbsoluteUri.TrimEnd('/')));
            Assert.That(answer.Text("agent"), Is.EqualTo(agent.ToString()));
        });
        Assert.That(
            await File.ReadAllTextAsync(Path.Combine(_server.Product.AgentFolder(stack, agent), "extracted", "notes.txt")), Is.EqualTo("as uploaded"));
    }

    [Test]
    public async Task Delete_WhenItIsAskedForAgainAndAgain_IsDoneOnce()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var agent = await caller.DeployAsync(stack, "agent", ClusterAgents.Healthy);
        await caller.UntilAsync($"/api/agents/{agent}", "running");

        await DeleteThriceAsync(caller, $"/api/agents/{agent}");
        await DeleteThriceAsync(caller, $"/api/stacks/{stack}");
        Assert.That((await caller.UploadAsync(stack, "late", ClusterAgents.Healthy)).Status, Is.EqualTo(HttpStatusCode.Conflict));

        await caller.UntilGoneAsync($"/api/agents/{agent}");
        await AssertGoneAsync(caller, stack);
        Assert.That((await caller.DeleteAsync($"/api/stacks/{stack}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Delete_WhenTheAgentIsStillBeingMade_LeavesNothing()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var stays = await caller.DeployAsync(stack, "stays", ClusterAgents.Healthy);

        // Each is at another point of its making when its end is asked for.
        for (var number = 0; number < 6; number++)
        {
            var agent = await caller.DeployAsync(stack, $"agent-{number}", ClusterAgents.Healthy);
            if (number % 2 == 1)
                await Eventually.TrueAsync(async () => (await _server.Objects.ListAsync(stack)).Any(name => name.EndsWith($"{agent}", StringComparison.Ordinal)), "a part of it");
            Assert.That((await caller.DeleteAsync($"/api/agents/{agent}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        }

        await caller.UntilAsync($"/api/agents/{stays}", "running");
        await Eventually.GetAsync(
            () => caller.GetAsync($"/api/stacks/{stack}/agents"), reply => reply.Body.GetProperty("total").GetInt32() == 1, "one agent to be left");
        Assert.That(await _server.Objects.ListAsync(stack), Is.EqualTo(ClusterObjects.PartsOf(stays)));
        Assert.That(Directory.GetDirectories(Path.Combine(_server.Product.StackFolder(stack), "agents")).Select(Path.GetFileName), Is.EqualTo(new[] { $"{stays}" }));
    }

    [Test]
    public async Task DeleteStack_WhenItsAgentsAreBeingMade_TakesThemAll()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var uploads = await Task.WhenAll(Enumerable.Range(0, 5).Select(number => caller.UploadAsync(stack, $"agent-{number}", ClusterAgents.Healthy)));
        Assert.That(uploads.Select(upload => upload.Status), Is.All.EqualTo(HttpStatusCode.Created));

        Assert.That((await caller.DeleteAsync($"/api/stacks/{stack}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        var late = await caller.UploadAsync(stack, "late", ClusterAgents.Healthy);
        Assert.That(late.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await caller.GetAsync($"/api/stacks/{stack}")).Text("status"), Is.EqualTo("deleting"));

        await AssertGoneAsync(caller, stack);
        foreach (var upload in uploads)
            await caller.UntilGoneAsync($"/api/agents/{upload.Text("id")}");
    }

    [Test]
    public async Task DeleteStack_WhenItWasMadeJustThen_LeavesNothing()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stacks = new List<Guid>();
        for (var number = 0; number < 5; number++)
        {
            stacks.Add(await caller.CreateStackAsync());
            await DeleteThriceAsync(caller, $"/api/stacks/{stacks[^1]}");
        }

        foreach (var stack in stacks)
            await AssertGoneAsync(caller, stack);
    }

    [Test]
    public async Task Upload_WhenItCrashesAtStart_FailsWithItsLastLinesUntilItIsMended()
    {
        using var caller = await _server.Product.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        var agent = await caller.DeployAsync(stack, "agent", ClusterAgents.Crashing);

        var failed = await caller.UntilAsync($"/api/agents/{agent}", "failed");
        Assert.That(failed.Text("status_reason"), Is.EqualTo("CrashLoopBackOff"));
        Assert.That(failed.Text("status_message"), Does.Contain("exit code 3").And.Contain("no database at 10.0.0.1").And.Not.Contain(_server.Product.PlatformFolder));

        await File.WriteAllTextAsync(Path.Combine(_server.Product.AgentFolder(stack, agent), "extracted", "main.py"), ClusterAgents.HealthyProgram);

        var running = await caller.UntilAsync($"/api/agents/{agent}", "running");
        Assert.That(running.Body.GetProperty("status_reason").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That(running.Body.GetProperty("status_message").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That((await caller.GetAsync($"/stacks/{stack}/agents/{agent}/")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private static async Task DeleteThriceAsync(Caller caller, string path)
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => caller.DeleteAsync(path)));
        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.NoContent).Or.EqualTo(HttpStatusCode.NotFound));
        Assert.That(replies.Select(reply => reply.Status), Has.Some.EqualTo(HttpStatusCode.NoContent));
    }

    private async Task AssertGoneAsync(Caller caller, Guid stack)
    {
        await caller.UntilGoneAsync($"/api/stacks/{stack}");
        Assert.That(await ClusterObjects.FindAsync("namespace", Stack.NamespaceFor(stack)), Is.Null);
        Assert.That(Directory.Exists(_server.Product.StackFolder(stack)), Is.False);
    }

    private async Task AssertAsTheContractSaysAsync(Guid stack, Guid agent)
    {
        var ns = Stack.NamespaceFor(stack);
        var name = $"agent-{agent}";
        var pod = (await ClusterObjects.GetAsync("deployment", name, ns))["spec"]!["template"]!["spec"]!;
        var container = pod["containers"]![0]!;
        var service = (await ClusterObjects.GetAsync("service", name, ns))["spec"]!;
        var path = (await ClusterObjects.GetAsync("ingresses.v1.networking.k8s.io", name, ns))["spec"]!["rules"]![0]!["http"]!["paths"]![0]!;
        var labels = (await ClusterObjects.GetAsync("deployment", name, ns))["metadata"]!["labels"]!;
        Assert.Multiple(() =>
        {
            Assert.That($"{container["image"]}", Is.EqualTo(TestCluster.AgentImage));
            Assert.That($"{container["ports"]![0]!["containerPort"]}", Is.EqualTo("8000"));
            Assert.That(container["volumeMounts"]![0]!.ToJsonString(), Is.EqualTo("""{"mountPath":"/app/graphs","name":"code","readOnly":true}"""));
            Assert.That($"{pod["volumes"]![0]!["hostPath"]!["path"]}", Is.EqualTo(Path.Combine(_server.Product.AgentFolder(stack, agent), "revisions", "1", "extracted")));
            Assert.That($"{pod["volumes"]![0]!["hostPath"]!["type"]}", Is.EqualTo("Directory"));
            Assert.That(($"{service["ports"]![0]!["port"]}", $"{service["ports"]![0]!["targetPort"]}"), Is.EqualTo(("80", "http")));
            Assert.That(service["selector"]!.ToJsonString(), Is.EqualTo($$"""{"app":"{{name}}"}"""));
            Assert.That($"{path["path"]}", Is.EqualTo($"/stacks/{stack}/agents/{agent}/"));
            Assert.That($"{path["backend"]!["service"]!["name"]}", Is.EqualTo(name));
            Assert.That($"{labels["app.kubernetes.io/managed-by"]}", Is.EqualTo("stackagent"));
            Assert.That(($"{labels["stackagent.io/stack-id"]}", $"{labels["stackagent.io/agent-id"]}"), Is.EqualTo((stack.ToString(), agent.ToString())));
        });
    }

    /// <summary>For whoever reads the log: how long after the pod was ready its agent is seen to run. Kubernetes tells whole seconds.</summary>
    private static async Task TellHowSoonAsync(string ns, Guid agent)
    {
        var seen = DateTimeOffset.UtcNow;
        var pods = await TestCluster.GetAsync("pods", "-n", ns, "-l", $"app=agent-{agent}");
        var ready = pods!["items"]![0]!["status"]!["conditions"]!.AsArray().Single(condition => $"{condition!["type"]}" == "Ready")!;
        await TestContext.Out.WriteLineAsync($"Seen to run {(seen - DateTimeOffset.Parse($"{ready["lastTransitionTime"]}")).TotalSeconds:0.0} s after the pod was ready, rounded up to a second");
    }
}
