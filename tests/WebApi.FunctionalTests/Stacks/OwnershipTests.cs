using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Security;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Stacks;

/// <summary>Who may do what: a stranger can't tell what is there, and a key does what it was made for.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class OwnershipTests(DatabaseProvider provider)
{
    private static readonly string[] ReadCalls =
    [
        "GET /api/stacks", "GET /api/stacks/{stack}", "GET /api/stacks/{stack}/agents", "GET /api/agents", "GET /api/agents/{agent}",
        "GET /api/agents/{agent}/sessions", "GET /api/agents/{agent}/sessions/topic", "GET /api/agents/{agent}/status",
        "GET /api/agents/{agent}/stats", "GET /api/agents/{agent}/config", "GET /api/agents/{agent}/revisions", "GET /api/agents/{agent}/revisions/1",
    ];

    private static readonly string[] WriteCalls =
    [
        "POST /api/stacks", "PUT /api/stacks/{stack}", "POST /api/stacks/{stack}/agents", "PUT /api/agents/{agent}",
        "PATCH /api/agents/{agent}/config", "POST /api/agents/{agent}/rollback", "PUT /api/agents/{agent}/code", "POST /api/agents/{agent}/restart",
        "POST /api/agents/{agent}/stop", "POST /api/agents/{agent}/start",
        "DELETE /api/agents/{agent}/sessions/topic", "DELETE /api/agents/{agent}", "DELETE /api/stacks/{stack}",
    ];

    private ProductServer _server;
    private Caller _owner;
    private Guid _stack;
    private Guid _agent;

    [SetUp]
    public async Task DeployAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _owner = await _server.NewCallerAsync();
        _stack = await _owner.CreateStackAsync();
        _agent = await _owner.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        await _owner.ReportAsync(_agent.ToString());
        await _owner.ReportAsync("reported");
    }

    [TearDown]
    public void End() => _owner.Dispose();

    [Test]
    public async Task Stranger_WhenCallingForSomebodyElses_GetsWhatIsSaidOfNothing()
    {
        using var stranger = await _server.NewCallerAsync();
        foreach (var call in ReadCalls.Concat(WriteCalls).Where(call => call.Contains('{', StringComparison.Ordinal)))
        {
            var foreign = await CallAsync(stranger, call, _stack, _agent.ToString());
            var unknown = await CallAsync(stranger, call, Guid.CreateVersion7(), Guid.CreateVersion7().ToString());

            Assert.That(foreign.Status, Is.EqualTo(HttpStatusCode.NotFound), call);
            Assert.That(WithoutTrace(foreign), Is.EqualTo(WithoutTrace(unknown)), call);
        }

        Assert.That((await CallAsync(stranger, "GET /api/agents/{agent}", _stack, "reported")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _owner.GetAsync($"/api/stacks/{_stack}")).Body.GetProperty("agents").GetArrayLength(), Is.EqualTo(1), "nothing was done");
    }

    [Test]
    public async Task Stranger_WhenListing_SeesNothingOfOthers()
    {
        using var stranger = await _server.NewCallerAsync();
        foreach (var list in new[] { "/api/stacks", "/api/agents", $"/api/agents?stack_id={_stack}", $"/api/agents?search={_agent}", "/api/stacks?search=stack" })
            Assert.That((await stranger.GetAsync(list)).Body.GetProperty("total").GetInt32(), Is.Zero, list);

        // The same agent_id is another agent for another user.
        await stranger.ReportAsync("reported", "failed");
        Assert.That((await stranger.GetAsync("/api/agents/reported")).Text("latest_status"), Is.EqualTo("failed"));
        Assert.That((await _owner.GetAsync("/api/agents/reported")).Text("latest_status"), Is.EqualTo("running"));
    }

    [Test]
    public async Task Anybody_WhenWithoutCredentials_Gets401()
    {
        using var nobody = _server.Anonymous();
        foreach (var call in ReadCalls.Concat(WriteCalls).Append("POST /webhook/status"))
        {
            var reply = await CallAsync(nobody, call, _stack, _agent.ToString());
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized), call);
            Assert.That(reply.Headers.WwwAuthenticate, Is.Not.Empty, call);
        }
    }

    [TestCase("read", true, false, false)]
    [TestCase("write", false, true, false)]
    [TestCase("report", false, false, true)]
    public async Task ApiKey_WhenItsScopeDoesNotCoverTheCall_Gets403(string scope, bool reads, bool writes, bool reports)
    {
        using var program = _server.Anonymous(await _owner.NewKeyAsync(scope));
        await AssertAllowedAsync(program, ReadCalls, reads);
        await AssertAllowedAsync(program, ["POST /webhook/status"], reports);
        await AssertAllowedAsync(program, ["GET /api/apikeys", "GET /api/auth/me"], allowed: false);
        await AssertAllowedAsync(program, WriteCalls, writes);
    }

    [Test]
    public async Task AgentsKey_WhenUsedForAnythingButItsReports_Gets403()
    {
        var key = await _server.Services.GetRequiredService<IAgentKeys>().IssueAsync(_owner.UserId, _agent, CancellationToken.None);
        using var agent = _server.Anonymous(key);

        await agent.ReportAsync(_agent.ToString());
        await AssertAllowedAsync(agent, ReadCalls.Concat(WriteCalls).Append("GET /api/apikeys"), allowed: false);
        var other = await agent.PostAsync("/webhook/status", new { agent_id = "reported", session_topic = "t", status = "running" });
        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.Forbidden), other.Body.ToString());
    }

    private async Task AssertAllowedAsync(Caller program, IEnumerable<string> calls, bool allowed)
    {
        foreach (var call in calls)
        {
            var reply = await CallAsync(program, call, _stack, _agent.ToString());
            if (allowed)
                Assert.That((int)reply.Status, Is.InRange(200, 204), $"{call} {reply.Body}");
            else
                Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.Forbidden, "forbidden")), call);
        }
    }

    private static async Task<Reply> CallAsync(Caller caller, string call, Guid stack, string agent)
    {
        var (method, path) = call.Split(' ') is [var verb, var template] ? (verb, template) : throw new ArgumentException(call, nameof(call));
        path = path.Replace("{stack}", stack.ToString(), StringComparison.Ordinal).Replace("{agent}", agent, StringComparison.Ordinal);
        if (call == "POST /api/stacks/{stack}/agents")
            return await caller.UploadAsync(stack, $"agent-{Guid.NewGuid()}", SampleAgents.NothingToStart);

        if (call == "PUT /api/agents/{agent}/code" && Guid.TryParse(agent, out var id))
            return await caller.ChangeCodeAsync(id, SampleAgents.NothingToStart);

        object? body = (method, path) switch
        {
            ("PATCH", _) => new { environment = new { A = $"{Guid.NewGuid()}" } },
            ("POST", var rollback) when rollback.EndsWith("/rollback", StringComparison.Ordinal) => new { revision = 1 },
            (_, "/webhook/status") => new { agent_id = agent, session_topic = "topic", status = "running" },
            ("PUT" or "POST", _) => new { name = $"name-{Guid.NewGuid()}" },
            _ => null,
        };
        return await caller.SendAsync(new HttpMethod(method), path, body);
    }

    private static string WithoutTrace(Reply reply)
    {
        var body = JsonNode.Parse(reply.Body.ToString())!.AsObject();
        body.Remove("trace_id");
        return body.ToJsonString();
    }
}
