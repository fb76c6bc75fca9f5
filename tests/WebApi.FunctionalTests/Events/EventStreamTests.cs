using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Events;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Notifications.FanOut;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Events;

/// <summary>Streams of events over HTTP: what they carry, for whom, and where they go on.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class EventStreamTests(DatabaseProvider provider)
{
    private ProductServer _server;
    private Caller _caller;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
    }

    [TearDown]
    public void Dispose() => _caller.Dispose();

    [Test]
    public async Task Follow_WhenNothingHappens_BeginsAtOnce()
    {
        using var stream = await SseReader.OpenAsync(_caller.Http, "/api/events");

        Assert.Multiple(() =>
        {
            Assert.That(stream.MediaType, Is.EqualTo("text/event-stream"));
            Assert.That(stream.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(stream.Headers.GetValues("X-Accel-Buffering"), Is.EqualTo(["no"]));
            Assert.That(stream.LastEventId, Is.Not.Null, "a client that is cut off before the first event can go on as well");
        });
    }

    [Test]
    public async Task Follow_WhenItHappensToSomebodyElse_SaysNothing()
    {
        using var stranger = await _server.NewCallerAsync();
        using var stream = await SseReader.OpenAsync(_caller.Http, "/api/events");
        using var resumed = await SseReader.OpenAsync(_caller.Http, "/api/events", stream.LastEventId);

        await _server.AppendAsync(EventRows.Of(stranger.UserId, "theirs"), EventRows.Of(_caller.UserId, "mine"));
        using var late = await SseReader.OpenAsync(_caller.Http, "/api/events", stream.LastEventId);

        foreach (var each in new[] { stream, resumed, late })
            Assert.That((await each.ReadAsync())!.Text(), Is.EqualTo("mine"));
    }

    [TestCase("types=agent.deleted", "deleted", TestName = "{m}(type)")]
    [TestCase("types=session.*,%20agent.deleted", "deleted,expired", TestName = "{m}(group)")]
    [TestCase("stack_id=0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10", "of stack,deleted", TestName = "{m}(stack)")]
    [TestCase("agent_id=a%2Fb", "deleted", TestName = "{m}(agent)")]
    [TestCase("agent_id=0198C5A2-03B4-7F11-8A6E-5D0C4B7E21F3", "expired", TestName = "{m}(row)")]
    [TestCase("agent_id=a%2Fb&types=session.*", "", TestName = "{m}(both)")]
    public async Task Follow_WithAFilter_CarriesWhatFits(string query, string expected)
    {
        using var all = await SseReader.OpenAsync(_caller.Http, "/api/events");
        using var live = await SseReader.OpenAsync(_caller.Http, $"/api/events?{query}");
        using var end = await SseReader.OpenAsync(_caller.Http, $"/api/events?{query}");
        var stack = Guid.Parse("0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10");
        var row = Guid.Parse("0198c5a2-03b4-7f11-8a6e-5d0c4b7e21f3");
        await _server.AppendAsync(
            EventRows.Of(_caller.UserId, "of stack", EventTypes.StackUpdated, stack),
            EventRows.Of(_caller.UserId, "deleted", EventTypes.AgentDeleted, stack, "a/b", Guid.NewGuid()),
            EventRows.Of(_caller.UserId, "expired", EventTypes.SessionExpired, stackId: null, "other", row));
        var last = (await all.ReadAsync(3))[^1];
        using var later = await SseReader.OpenAsync(_caller.Http, $"/api/events?{query}", all.LastEventId);
        using var history = await SseReader.OpenAsync(
            _caller.Http, $"/api/events?{query}&last_event_id={(last.Number - 3).ToString(CultureInfo.InvariantCulture)}");

        // Something that fits every filter but one, told apart by its text, ends the reading.
        await _server.AppendAsync(
            EventRows.Of(_caller.UserId, "end", EventTypes.AgentDeleted, stack, "a/b", row),
            EventRows.Of(_caller.UserId, "end", EventTypes.SessionExpired, stack, "a/b", row));

        var texts = expected.Split(',', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(await TextsAsync(live), Is.EqualTo(texts));
        Assert.That(await TextsAsync(history), Is.EqualTo(texts));
        Assert.That(await TextsAsync(later), Is.Empty);
    }

    [Test]
    public async Task FollowAgent_WhenTheAgentIsTheCallers_CarriesItsEvents()
    {
        await _caller.ReportAsync("a/b");
        await _caller.ReportAsync("other");
        var id = (await _caller.GetAsync("/api/agents/a%2Fb")).Text("id");
        using var byKey = await SseReader.OpenAsync(_caller.Http, "/api/agents/a%2Fb/events?types=session.*");
        using var byId = await SseReader.OpenAsync(_caller.Http, $"/api/agents/{id}/events");
        await _caller.ReportAsync("other", "success");
        await _caller.ReportAsync("a/b", "success");

        foreach (var stream in new[] { byKey, byId })
            Assert.That((await stream.ReadAsync())!.Payload.GetProperty("agent").GetProperty("agent_id").GetString(), Is.EqualTo("a/b"));

        using var stranger = await _server.NewCallerAsync();
        Assert.That((await stranger.GetAsync("/api/agents/a%2Fb/events")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await stranger.GetAsync($"/api/agents/{id}/events")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("/api/events?types=session.ended", null, 422, "session.expired", TestName = "{m}(type)")]
    [TestCase("/api/events?last_event_id=x", null, 400, "last_event_id", TestName = "{m}(query)")]
    [TestCase("/api/events", "x", 400, "whole number", TestName = "{m}(header)")]
    [TestCase("/api/events?stack_id=x", null, 400, "stack_id", TestName = "{m}(stack)")]
    [TestCase("/api/agents/nobody/events", null, 404, "agent", TestName = "{m}(agent)")]
    public async Task Follow_WhenItCannotBeAnswered_SaysWhyAsAProblem(string path, string? lastEventId, int status, string says)
    {
        if (lastEventId is not null)
            _caller.Http.DefaultRequestHeaders.Add("Last-Event-ID", lastEventId);
        var reply = await _caller.GetAsync(path);

        Assert.Multiple(() =>
        {
            Assert.That((int)reply.Status, Is.EqualTo(status));
            Assert.That(reply.ContentType, Is.EqualTo("application/problem+json"));
            Assert.That(reply.Text("detail"), Does.Contain(says));
        });
    }

    [Test]
    public async Task Follow_WhenTheCallerMayNot_IsRefused()
    {
        using var nobody = _server.Anonymous();
        using var reporter = _server.Anonymous(await _caller.NewKeyAsync("report"));
        _caller.Http.DefaultRequestHeaders.Add("Accept", "application/json");

        Assert.That((await nobody.GetAsync("/api/events")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await reporter.GetAsync("/api/events")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await _caller.GetAsync("/api/events")).Status, Is.EqualTo(HttpStatusCode.NotAcceptable));
    }

    [Test]
    public async Task Resume_WhileEventsPourIn_HasNoGapAndNoRepeat()
    {
        const int Writers = 4;
        const int Batches = 60;
        const int BatchSize = 5;
        using var first = await SseReader.OpenAsync(_caller.Http, "/api/events");
        var start = first.LastEventId;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var batch = 0; batch < Batches; batch++)
                await _server.AppendAsync(EventRows.Numbered(_caller.UserId, ((writer * Batches) + batch) * BatchSize, BatchSize));
        })));

        // A client that is cut off again and again, each time after a little more.
        var seen = new List<SseBlock>();
        for (var length = 1; seen.Count < Writers * Batches * BatchSize; length++)
        {
            using var stream = await SseReader.OpenAsync(_caller.Http, "/api/events", start);
            seen.AddRange(await stream.ReadAsync(Math.Min(length, (Writers * Batches * BatchSize) - seen.Count)));
            start = stream.LastEventId;
        }

        await writing;
        Assert.Multiple(async () =>
        {
            Assert.That(seen.Select(block => block.Number), Is.Ordered.Ascending.And.Unique);
            Assert.That(seen.Select(block => int.Parse(block.Text(), CultureInfo.InvariantCulture)).Order(), Is.EqualTo(Enumerable.Range(0, Writers * Batches * BatchSize)));
            Assert.That((await first.ReadAsync(seen.Count)).Select(block => block.Id), Is.EqualTo(seen.Select(block => block.Id)));
        });
    }

    [TestCase(-1)]
    [TestCase(1_000_000_000)]
    public async Task Resume_WhenTheIdIsNotOfThisHistory_SaysThatEventsAreMissing(long lastEventId)
    {
        using var witness = await SseReader.OpenAsync(_caller.Http, "/api/events");
        await _server.AppendAsync(EventRows.Of(_caller.UserId, "before"));
        await witness.ReadAsync();
        using var stream = await SseReader.OpenAsync(_caller.Http, "/api/events", lastEventId.ToString(CultureInfo.InvariantCulture));
        await _server.AppendAsync(EventRows.Of(_caller.UserId, "after"));
        var events = await stream.ReadAsync(2);
        using var again = await SseReader.OpenAsync(_caller.Http, "/api/events", events[0].Id);

        Assert.Multiple(async () =>
        {
            Assert.That(events[0].Event, Is.EqualTo("stream.reset"));
            Assert.That(events[0].Payload.GetProperty("reason").GetString(), Is.EqualTo("history_gone"));
            Assert.That(events[1].Text(), Is.EqualTo("after"));
            Assert.That((await again.ReadAsync())!.Text(), Is.EqualTo("after"), "where it was reset it can go on");
        });
    }

    [Test]
    public async Task Clean_WhenEventsAreOld_KeepsTheRestAndTheNewest()
    {
        await using var server = await ProductServer.StartAsync(provider);
        using var caller = await server.NewCallerAsync();
        // The test says how far it got.
        await server.Services.GetRequiredService<NotificationFanOut>().StopAsync(CancellationToken.None);
        var old = DateTimeOffset.UtcNow.AddHours(-1).AddMinutes(-1);
        await server.AppendAsync(Enumerable.Range(0, 1200).Select(_ => EventRows.Of(caller.UserId, "old", at: old)));
        await server.AppendAsync(EventRows.Of(caller.UserId, "young", at: DateTimeOffset.UtcNow));
        var retention = server.Services.GetRequiredService<EventRetention>();
        await DealWithAsync(server, upTo: 1);
        await retention.CleanAsync(CancellationToken.None);
        var undealtWith = await server.WithDatabaseAsync(db => db.Events.CountAsync());
        await DealWithAsync(server, upTo: 1201);
        await Task.WhenAll(retention.CleanAsync(CancellationToken.None), retention.CleanAsync(CancellationToken.None));
        using var gone = await SseReader.OpenAsync(caller.Http, "/api/events", "1199");
        using var kept = await SseReader.OpenAsync(caller.Http, "/api/events", "1200");

        Assert.Multiple(async () =>
        {
            Assert.That(undealtWith, Is.EqualTo(1200), "what hasn't become notifications stays");
            Assert.That(await server.WithDatabaseAsync(db => db.Events.Select(row => row.Id).ToListAsync()), Is.EqualTo(new[] { 1201 }));
            Assert.That((await gone.ReadAsync())!.Event, Is.EqualTo("stream.reset"));
            Assert.That((await kept.ReadAsync())!.Text(), Is.EqualTo("young"));
        });
    }

    /// <summary>Sets how far the log has become notifications.</summary>
    private static Task<int> DealWithAsync(ProductServer server, long upTo) => server.WithDatabaseAsync(
        db => db.NotificationCursors.ExecuteUpdateAsync(set => set.SetProperty(cursor => cursor.EventId, upTo)));

    /// <summary>The texts before the one that ends the reading.</summary>
    private static async Task<IEnumerable<string>> TextsAsync(SseReader stream) =>
        (await stream.ReadUntilAsync(block => block.Text() == "end")).Select(block => block.Text()).Where(text => text != "end");
}
