using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Events;

/// <summary>What happens, and what a stream says about it.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class EventTypesTests(DatabaseProvider provider)
{
    private ProductServer _server;
    private Caller _caller;
    private SseReader _stream;

    [SetUp]
    public async Task OpenAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
        _stream = await SseReader.OpenAsync(_caller.Http, "/api/events");
    }

    [TearDown]
    public void Close()
    {
        _stream.Dispose();
        _caller.Dispose();
    }

    [Test]
    public async Task Stack_FromItsBeginningToItsEnd_IsTold()
    {
        var id = await _caller.CreateStackAsync("first", "Of its own.");
        await _caller.UntilAsync($"/api/stacks/{id}", "ready");
        await _caller.PutAsync($"/api/stacks/{id}", new { name = "second", description = "Another." });
        await _caller.DeleteAsync($"/api/stacks/{id}");
        var events = await _stream.ReadUntilAsync(happened => happened.Event == "stack.deleted");

        Assert.Multiple(() =>
        {
            Assert.That(
                events.Select(Line),
                Is.EqualTo(["stack.created", "stack.status_changed creating ready", "stack.updated", "stack.status_changed ready deleting", "stack.deleted"]));
            Assert.That(events.Select(happened => happened.Payload.GetProperty("stack").GetProperty("id").GetGuid()), Is.All.EqualTo(id));
            Assert.That(Name(events[0], "stack"), Is.EqualTo("first"));
            Assert.That(events[0].Payload.GetProperty("description").GetString(), Is.EqualTo("Of its own."));
            Assert.That(Name(events[2], "stack"), Is.EqualTo("second"));
            Assert.That(events[2].Payload.GetProperty("description").GetString(), Is.EqualTo("Another."));
            Assert.That(events[1].Payload.GetProperty("status_reason").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
    }

    [Test]
    public async Task DeployedAgent_FromItsBeginningToItsEnd_IsTold()
    {
        var stack = await _caller.CreateStackAsync();
        var id = await _caller.DeployAsync(stack, "agent", SampleAgents.NothingToStart);
        await _caller.UntilAsync($"/api/agents/{id}", "failed");
        await _caller.PutAsync($"/api/agents/{id}", new { name = "renamed", description = "Told once." });
        await _caller.DeleteAsync($"/api/agents/{id}");
        var events = await _stream.ReadUntilAsync(happened => happened.Event == "agent.deleted");
        var agents = events.Where(happened => happened.Event!.StartsWith("agent.", StringComparison.Ordinal)).ToList();
        var agent = agents[0].Payload.GetProperty("agent");
        var failed = agents.Single(happened => Line(happened).EndsWith(" failed", StringComparison.Ordinal)).Payload;

        Assert.Multiple(() =>
        {
            Assert.That(
                agents.Select(Line),
                Is.EqualTo([
                    "agent.registered", "agent.status_changed pending deploying", "agent.status_changed deploying failed", "agent.updated",
                    "agent.status_changed failed deleting", "agent.deleted"]));
            Assert.That(agent.GetProperty("id").GetGuid(), Is.EqualTo(id));
            Assert.That(agent.GetProperty("agent_id").GetString(), Is.EqualTo(id.ToString()));
            Assert.That(agent.GetProperty("kind").GetString(), Is.EqualTo("deployed"));
            Assert.That(agent.GetProperty("stack_id").GetGuid(), Is.EqualTo(stack));
            Assert.That(failed.GetProperty("status_reason").GetString(), Is.EqualTo("NoStartCommand"));
            Assert.That(failed.GetProperty("status_message").GetString(), Does.Contain("main.py"));
            Assert.That(Name(agents[3], "agent"), Is.EqualTo("renamed"));
            Assert.That(agents[3].Payload.GetProperty("description").GetString(), Is.EqualTo("Told once."));
        });
        await _caller.DeleteAsync($"/api/stacks/{stack}");
        await _caller.UntilGoneAsync($"/api/stacks/{stack}");
    }

    [Test]
    public async Task ReportedAgent_WhenItReportsAndIsRemoved_IsTold()
    {
        await _caller.ReportAsync("laptop", message: "at work");
        await _caller.ReportAsync("laptop", message: "still at work");
        await _caller.ReportAsync("laptop", "waiting_for_input", "Which one?");
        Assert.That((await _caller.DeleteAsync("/api/agents/laptop")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        var events = await _stream.ReadUntilAsync(happened => happened.Event == "agent.deleted");
        var agent = events[0].Payload.GetProperty("agent");
        var changed = events[2];

        Assert.Multiple(() =>
        {
            Assert.That(
                events.Select(Line),
                Is.EqualTo(["agent.registered", "session.status_changed - running", "session.status_changed running waiting_for_input", "agent.deleted"]));
            Assert.That(agent.GetProperty("agent_id").GetString(), Is.EqualTo("laptop"));
            Assert.That(agent.GetProperty("name").GetString(), Is.EqualTo("laptop"));
            Assert.That(agent.GetProperty("kind").GetString(), Is.EqualTo("reported"));
            Assert.That(agent.GetProperty("stack_id").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(changed.Payload.GetProperty("message").GetString(), Is.EqualTo("Which one?"));
            Assert.That(changed.Payload.GetProperty("content").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(changed.Payload.GetProperty("duration_seconds").GetDouble(), Is.Positive);
            Assert.That(events[1].Payload.GetProperty("duration_seconds").GetDouble(), Is.Zero);
            Assert.That(changed.Payload.GetProperty("session").GetProperty("session_topic").GetString(), Is.EqualTo("topic"));
            Assert.That(changed.Payload.GetProperty("session").GetProperty("id").GetGuid(), Is.Not.EqualTo(Guid.Empty));
            Assert.That(changed.Payload.GetProperty("agent").GetProperty("id").GetGuid(), Is.EqualTo(agent.GetProperty("id").GetGuid()));
            Assert.That(changed.Json.GetProperty("type").GetString(), Is.EqualTo(changed.Event));
            Assert.That(changed.Json.GetProperty("timestamp").GetString(), Does.EndWith("Z"));
            Assert.That(events.Select(happened => happened.Number), Is.Ordered.Ascending.And.Unique);
        });
    }

    [Test]
    public async Task Session_WhenItComesBackAfterItsSilenceAndIsRemoved_IsTold()
    {
        await _caller.ReportAsync("laptop");
        var past = DateTimeOffset.UtcNow.AddMinutes(-1);
        await _server.WithDatabaseAsync(db => db.InTransactionAsync(
            async token =>
            {
                // Whoever changes sessions counts it, so that nobody goes by what it knew before.
                await db.AgentActivities
                    .Where(activity => activity.OwnerId == _caller.UserId)
                    .ExecuteUpdateAsync(set => set.SetProperty(activity => activity.Version, activity => activity.Version + 1), token);
                return await db.Sessions
                    .Where(session => db.Agents.Any(agent => agent.Id == session.AgentId && agent.OwnerId == _caller.UserId))
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(session => session.ExpiresAt, past).SetProperty(session => session.ExpiryCheckAt, past), token);
            },
            CancellationToken.None));
        await _caller.ReportAsync("laptop", message: "back");
        await _caller.DeleteAsync("/api/agents/laptop/sessions/topic");
        var events = await _stream.ReadUntilAsync(happened => happened.Event == "session.deleted");

        var expired = events.Single(happened => happened.Event == "session.expired").Payload;
        var recovered = events.Single(happened => happened.Event == "session.recovered").Payload;
        Assert.Multiple(() =>
        {
            Assert.That(expired.GetProperty("previous_status").GetString(), Is.EqualTo("running"));
            Assert.That(expired.GetProperty("status").GetString(), Is.EqualTo("expired"));
            Assert.That(expired.GetProperty("expired_at").GetString(), Does.EndWith("Z"));
            Assert.That(recovered.GetProperty("status").GetString(), Is.EqualTo("running"));
            Assert.That(recovered.GetProperty("message").GetString(), Is.EqualTo("back"));
            Assert.That(
                events.Select(happened => happened.Event),
                Is.EqualTo(["agent.registered", "session.status_changed", "session.expired", "session.recovered", "session.deleted"]));
            Assert.That(events[^1].Payload.GetProperty("session").GetProperty("session_topic").GetString(), Is.EqualTo("topic"));
        });
    }

    /// <summary>The type, and how the status changed where it did.</summary>
    private static string Line(SseBlock happened) => happened.Payload.TryGetProperty("previous_status", out var previous)
        ? $"{happened.Event} {previous.GetString() ?? "-"} {happened.Payload.GetProperty("status").GetString()}"
        : happened.Event!;

    private static string? Name(SseBlock happened, string subject) => happened.Payload.GetProperty(subject).GetProperty("name").GetString();
}
