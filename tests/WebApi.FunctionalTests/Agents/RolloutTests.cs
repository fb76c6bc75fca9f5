using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Agents;

/// <summary>Changes of agents that are real processes, and calls that wait for what comes of them.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class RolloutTests(DatabaseProvider provider)
{
    private const string Wait = "?wait=10m";

    private ProductServer _server;
    private Caller _caller;
    private Guid _stack;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
        _stack = await _caller.CreateStackAsync();
    }

    [TearDown]
    public async Task EndAsync()
    {
        await _caller.DeleteAsync($"/api/stacks/{_stack}");
        await _caller.UntilGoneAsync($"/api/stacks/{_stack}");
        _caller.Dispose();
    }

    [Test]
    public async Task Wait_WhenTheRevisionRuns_AnswersThatItIsActive()
    {
        var id = await CreateAsync(SampleAgents.Healthy);
        var changed = await _caller.ChangeCodeAsync(id, SampleAgents.ShowsEnvironment, """{"environment":{"A":"1"},"secrets":{"S":"2"}}""", query: Wait);

        Assert.That((changed.Text("state"), changed.Body.GetProperty("number").GetInt32()), Is.EqualTo(("active", 2)), changed.Body.ToString());
        var environment = await SampleAgents.ReadEnvironmentAsync(_server.AgentFolder(_stack, id));
        Assert.That(environment, Does.Contain("\"A\": \"1\"").And.Contain("\"S\": \"2\"").And.Contain("\"STACKAGENT_REVISION\": \"2\""));
        Assert.That(await StateAsync(id, 1), Is.EqualTo("superseded"));
        await Eventually.TrueAsync(
            () => new FileInfo(Path.Combine(_server.AgentFolder(_stack, id), "current")).LinkTarget == "revisions/2", "the link to follow");
    }

    [Test]
    public async Task Wait_WhenTheRevisionCrashes_AnswersWhyAndTheOldOneGoesOn()
    {
        var id = await CreateAsync(SampleAgents.Healthy);
        var changed = await _caller.ChangeCodeAsync(id, SampleAgents.Crashing, query: Wait);

        Assert.Multiple(() =>
        {
            Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK), "the change was made");
            Assert.That((changed.Text("state"), changed.Text("failure_reason")), Is.EqualTo(("failed", "CrashLoopBackOff")));
            Assert.That(changed.Text("failure_message"), Does.Contain("exit code 3"));
        });
        var back = await _caller.UntilAsync($"/api/agents/{id}", "running");
        Assert.That((back.Text("status_reason"), back.Body.GetProperty("revision").GetInt32()), Is.EqualTo(("RolledBack", 1)));
        Assert.That(await StateAsync(id, 1), Is.EqualTo("active"));
    }

    [Test]
    public async Task Wait_WhenItTakesLonger_AnswersHowItStands()
    {
        var created = await UploadAsync(SampleAgents.NeverReady, "?wait=1");

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(created.Text("status"), Is.EqualTo("deploying").Or.EqualTo("pending"));
    }

    [TestCase("0s")]
    [TestCase("11m")]
    [TestCase("soon")]
    [TestCase("-5")]
    public async Task Wait_WhenItIsBad_IsRefused(string wait)
    {
        var reply = await _caller.PostAsync($"/api/agents/{Guid.NewGuid()}/restart?wait={wait}", new { });
        Assert.That((int)reply.Status, Is.EqualTo(422));
        Assert.That(reply.Body.GetProperty("errors").TryGetProperty("wait", out _));
    }

    [Test]
    public async Task Stop_WhenAsked_EndsTheProcessesUntilTheStart()
    {
        var zip = SampleAgents.Answering("word");
        var id = await CreateAsync(zip, """{"secrets":{"S":"1"}}""");
        var path = $"/api/agents/{id}";
        string[] kept = [$"{path}/revisions", $"{path}/config"];
        var before = await Task.WhenAll(kept.Select(async what => (await _caller.GetAsync(what)).Body.ToString()));
        Assert.That((await _caller.PostAsync($"{path}/stop", new { })).Text("status"), Is.EqualTo("stopped"));
        Assert.That((await _caller.PostAsync($"{path}/stop", new { })).Text("status"), Is.EqualTo("stopped"), "asking twice is asking once");
        await Eventually.TrueAsync(() => ProcessesOf(id).Count == 0, "its processes to end");

        Assert.That(await Task.WhenAll(kept.Select(async what => (await _caller.GetAsync(what)).Body.ToString())), Is.EqualTo(before));
        Assert.That(await _caller.Http.GetByteArrayAsync($"{path}/revisions/1/code"), Is.EqualTo(zip));
        Assert.That(await _caller.Http.GetStringAsync($"{path}/logs"), Does.Contain("word begins"));
        var call = await _caller.GetAsync($"/stacks/{_stack}/agents/{id}/");
        Assert.That((call.Status, call.Text("detail")), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "The agent is stopped.")));
        Assert.That((await _caller.GetAsync($"/api/agents?status=stopped&stack_id={_stack}")).Body.GetProperty("total").GetInt32(), Is.EqualTo(1));
        Assert.That((await _caller.PostAsync($"{path}/restart", new { })).Status, Is.EqualTo(HttpStatusCode.Conflict));
        var changed = await _caller.PatchAsync($"{path}/config{Wait}", """{"environment":{"A":"1"}}""");
        Assert.That(changed.Text("state"), Is.EqualTo("deploying"), "it waits for the start, and nobody waits for that");

        var started = await _caller.PostAsync($"{path}/start{Wait}", new { });
        Assert.That((started.Text("status"), started.Body.GetProperty("revision").GetInt32()), Is.EqualTo(("running", 2)));
        Assert.That(await StateAsync(id, 2), Is.EqualTo("active"));
        Assert.That((await _caller.PostAsync($"{path}/start{Wait}", new { })).Text("status"), Is.EqualTo("running"), "asking twice is asking once");
        Assert.That(ProcessesOf(id), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Restart_WhenAsked_RunsTheSameRevisionInAnotherProcess()
    {
        var id = await CreateAsync(SampleAgents.Healthy);
        var before = ProcessesOf(id).Single();

        var restarted = await _caller.PostAsync($"/api/agents/{id}/restart{Wait}", new { });

        Assert.That((restarted.Text("status"), restarted.Body.GetProperty("revision").GetInt32()), Is.EqualTo(("running", 1)));
        await Eventually.TrueAsync(() => ProcessesOf(id) is [var only] && only != before, "another process alone");
    }

    [Test]
    public async Task RollBack_WhenAsked_RunsTheEarlierCode()
    {
        var id = await CreateAsync(SampleAgents.Answering("one"));
        await _caller.ChangeCodeAsync(id, SampleAgents.Answering("two"), query: Wait);
        var back = await _caller.PostAsync($"/api/agents/{id}/rollback{Wait}", new { revision = 1 });

        Assert.That((back.Text("state"), back.Body.GetProperty("rollback_of").GetInt32()), Is.EqualTo(("active", 1)));
        await Eventually.TrueAsync(async () => await _caller.Http.GetStringAsync($"/stacks/{_stack}/agents/{id}/") == "one", "the earlier code to answer");
    }

    [Test]
    public async Task Secrets_WhenTheSecretKeyHasChanged_FailTheAgentAndCanBeSetAnew()
    {
        var id = await CreateAsync(SampleAgents.Healthy, """{"secrets":{"S":"1"}}""");
        await _server.WithDatabaseAsync(db => db.Database.ExecuteSqlAsync(
            $"UPDATE agent_revisions SET protected_secrets = 'of another key' WHERE agent_id = {id} AND protected_secrets IS NOT NULL"));
        Assert.That((await _caller.GetAsync($"/api/agents/{id}/config")).Body.GetProperty("secrets").ValueKind, Is.EqualTo(JsonValueKind.Null));

        var restarted = await _caller.PostAsync($"/api/agents/{id}/restart{Wait}", new { });
        Assert.That((restarted.Text("status"), restarted.Text("status_reason")), Is.EqualTo(("failed", "SecretsUnreadable")));
        Assert.That(restarted.Text("status_message"), Does.Contain("SECRET_KEY"));

        Assert.That((await _caller.PatchAsync($"/api/agents/{id}/config", """{"secrets":{"S":"2"}}""")).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await _caller.PatchAsync($"/api/agents/{id}/config{Wait}", """{"secrets":null}""")).Text("state"), Is.EqualTo("active"));
    }

    private static IReadOnlyList<int> ProcessesOf(Guid agent) => Processes.StartedWith($"STACKAGENT_AGENT_ID={agent}");

    private async Task<string> StateAsync(Guid agent, int number) => (await _caller.GetAsync($"/api/agents/{agent}/revisions/{number}")).Text("state");

    private async Task<Guid> CreateAsync(byte[] zip, string config = "")
    {
        var created = await UploadAsync(zip, Wait, config);
        Assert.That((created.Status, created.Text("status")), Is.EqualTo((HttpStatusCode.Created, "running")), created.Body.ToString());
        return created.Body.GetProperty("id").GetGuid();
    }

    private async Task<Reply> UploadAsync(byte[] zip, string query, string config = "")
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("agent"), "name" },
            { new StringContent(config), "config" },
            { new ByteArrayContent(zip), "file", "agent.zip" },
        };
        return await _caller.SendAsync(HttpMethod.Post, $"/api/stacks/{_stack}/agents{query}", form);
    }
}
