using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Events;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Sessions.Expiry;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class ExpiryTests(DatabaseProvider provider)
{
    /// <summary>Reports of one moment are told apart by microseconds.</summary>
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1) + TimeSpan.FromMilliseconds(1);

    private ManualTimeProvider _clock = null!;
    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;
    private Guid _owner;

    [SetUp]
    public async Task SetUp()
    {
        _clock = new ManualTimeProvider();
        _database = await TestDatabase.CreateAsync(provider);
        _server = await StatusLogServer.StartAsync(_database.Options, time: _clock);
        await _server.CreateSchemaAsync();
        _owner = await _server.AddOwnerAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Sweep_WhenARunningSessionFellSilent_ItAndItsAgentAreExpired()
    {
        await ReportAsync("agent", "topic", message: "working", ttl: 5);
        _clock.Advance((await _server.SessionsAsync()).Single().ExpiresAt - _clock.GetUtcNow() - TimeSpan.FromMicroseconds(1));
        var early = await SweepAsync();
        _clock.Advance(TimeSpan.FromMicroseconds(1));
        var late = await SweepAsync();

        var session = (await _server.SessionsAsync()).Single();
        var activity = await _server.ActivityAsync("agent");
        var told = (await _server.EventsAsync(EventTypes.SessionExpired)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((early, late), Is.EqualTo((0, 1)));
            Assert.That(session.ExpiredAt, Is.EqualTo(session.ExpiresAt));
            Assert.That((activity.LatestStatus, activity.LatestMessage), Is.EqualTo(((SessionState?)SessionState.Expired, (string?)"working")));
            Assert.That((activity.SessionCount, activity.ActiveSessionCount), Is.EqualTo((1, 0)));
            Assert.That((told.OwnerId, told.AgentId, told.AgentKey, told.SessionId), Is.EqualTo((_owner, (Guid?)session.AgentId, "agent", (Guid?)session.Id)));
            Assert.That(told.Data, Does.Contain("\"expired\"").And.Contain("topic"));
        });
        await _server.AssertActivityAgreesAsync();
    }

    [Test]
    public async Task Sweep_WhenTwoServersSweepAtOnce_EachExpiryIsRecordedAndToldOnce()
    {
        await using var other = new StatusLogServer(_database.Options, time: _clock);
        var entries = Enumerable.Range(0, 3000).Select(i => Entry(_owner, $"agent {i % 100}", $"topic {i}")).ToList();
        Assert.That(await _server.Log.AppendAsync(entries, CancellationToken.None), Has.All.Property("Failure").Null);
        _clock.Advance(TimeSpan.FromHours(1));

        // What one server holds the other leaves, so it takes both until nothing is left.
        var swept = 0;
        while (await _server.QueryAsync(database => database.Sessions.AnyAsync(session => session.ExpiredAt == null)))
            swept += (await Task.WhenAll(Task.Run(SweepAsync), Task.Run(() => other.Sweeper.SweepAsync(CancellationToken.None)))).Sum();

        var told = await _server.EventsAsync(EventTypes.SessionExpired);
        Assert.That(swept, Is.EqualTo(entries.Count));
        Assert.That(told.Select(record => record.SessionId), Is.Unique);
        Assert.That(told, Has.Count.EqualTo(entries.Count));
        await _server.AssertActivityAgreesAsync();
        await _server.Writer.StopAsync(CancellationToken.None);
        Assert.That(await _server.CountDeadlocksAsync(), Is.Zero);
    }

    [Test]
    public async Task Report_AfterTheExpiry_BringsTheSessionBack()
    {
        await ReportAsync("agent", "topic");
        _clock.Advance(TimeSpan.FromHours(1));
        await SweepAsync();
        await ReportAsync("agent", "topic", SessionStatus.WaitingForInput);
        var revived = await _server.ActivityAsync("agent");
        _clock.Advance(TimeSpan.FromHours(1));
        await SweepAsync();

        Assert.That((revived.ActiveSessionCount, revived.LatestStatus), Is.EqualTo((1, (SessionState?)SessionState.WaitingForInput)));
        Assert.That(await _server.EventsAsync(EventTypes.SessionExpired), Has.Count.EqualTo(2));
        Assert.That(await _server.EventsAsync(EventTypes.SessionRecovered), Has.Count.EqualTo(1));
        await _server.AssertActivityAgreesAsync();
    }

    [Test]
    public async Task Report_AfterASweepThatAnotherAgentReportedAfter_KnowsOfTheExpiryToo()
    {
        string[] agents = ["one", "other"];
        foreach (var agent in agents)
            await ReportAsync(agent, "topic");
        _clock.Advance(TimeSpan.FromHours(1));
        await SweepAsync();
        foreach (var agent in agents)
            await ReportAsync(agent, "topic");

        Assert.That(await _server.EventsAsync(EventTypes.SessionExpired), Has.Count.EqualTo(2));
        Assert.That(await _server.EventsAsync(EventTypes.SessionRecovered), Has.Count.EqualTo(2));
        await _server.AssertActivityAgreesAsync();
    }

    [Test]
    public async Task Sweep_WhenTheNewestSessionWasDoneBeforeItsSilence_TheAgentShowsTheNewestThatLives()
    {
        await ReportAsync("agent", "living", SessionStatus.Pending, "waits", ttl: 600);
        await ReportAsync("agent", "silent", SessionStatus.Running);
        await ReportAsync("agent", "done", SessionStatus.Success);
        _clock.Advance(TimeSpan.FromMinutes(30) + TimeSpan.FromSeconds(1));
        await SweepAsync();
        var then = await _server.ActivityAsync("agent");
        _clock.Advance(TimeSpan.FromMinutes(600));
        await SweepAsync();
        var last = await _server.ActivityAsync("agent");

        Assert.That((then.LatestStatus, then.LatestMessage), Is.EqualTo(((SessionState?)SessionState.Pending, (string?)"waits")));
        Assert.That((last.LatestStatus, last.LatestMessage), Is.EqualTo(((SessionState?)null, (string?)null)));
        Assert.That((await _server.EventsAsync(EventTypes.SessionExpired)).Count, Is.EqualTo(3));
    }

    [Test]
    public async Task Sweep_WhenAReportShortenedTheTtl_ExpiresAtTheNewTime()
    {
        await ReportAsync("agent", "topic", ttl: 1440);
        await ReportAsync("agent", "topic", ttl: 1);
        _clock.Advance(Minute);
        await SweepAsync();
        var first = (await _server.SessionsAsync()).Single().ExpiredAt;

        // And once more when the check was moved on meanwhile.
        await ReportAsync("agent", "topic", ttl: 10);
        _clock.Advance(TimeSpan.FromMinutes(9));
        await ReportAsync("agent", "topic");
        _clock.Advance(TimeSpan.FromMinutes(2));
        var none = await SweepAsync();
        await ReportAsync("agent", "topic", ttl: 1);
        _clock.Advance(Minute);
        var again = await SweepAsync();

        Assert.That(first, Is.Not.Null);
        Assert.That((none, again), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task Sweep_WhileReportsComeForTheSameSessions_NothingIsLostAndNobodyDeadlocks()
    {
        await using var other = await StatusLogServer.StartAsync(_database.Options, time: _clock);
        StatusLogServer[] servers = [_server, other];
        using var done = new CancellationTokenSource();
        var sweeping = Task.WhenAll(servers.Select(server => Task.Run(async () =>
        {
            var expired = 0;
            while (!done.IsCancellationRequested)
            {
                _clock.Advance(TimeSpan.FromSeconds(20));
                expired += await server.Sweeper.SweepAsync(CancellationToken.None);
            }

            return expired;
        })));
        var failures = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var failed = new List<Exception?>();
            for (var i = 0; i < 40; i++)
            {
                var entries = Enumerable.Range(0, 10).Select(n => Entry(_owner, $"agent {(writer + n) % 5}", $"topic {n}", ttl: 1)).ToList();
                failed.AddRange((await servers[writer % 2].Log.AppendAsync(entries, CancellationToken.None)).Select(outcome => outcome.Failure));
            }

            return failed;
        })));
        await done.CancelAsync();
        var expired = (await sweeping).Sum();
        _clock.Advance(TimeSpan.FromHours(1));
        expired += await SweepAsync();

        Assert.That(failures.SelectMany(failed => failed), Has.All.Null);
        var (silences, recoveries) = (await _server.EventsAsync(EventTypes.SessionExpired), await _server.EventsAsync(EventTypes.SessionRecovered));
        var sessions = await _server.SessionsAsync();
        Assert.That(sessions, Has.All.Property(nameof(Session.ExpiredAt)).Not.Null);
        Assert.That(silences, Has.Count.EqualTo(recoveries.Count + sessions.Count), "each silence is told once, by the sweep or by the report that ended it");
        Assert.That(silences, Has.Count.GreaterThanOrEqualTo(expired));
        await _server.AssertActivityAgreesAsync();
        await other.Writer.StopAsync(CancellationToken.None);
        await _server.Writer.StopAsync(CancellationToken.None);
        Assert.That(await _server.CountDeadlocksAsync(), Is.Zero);
    }

    [Test]
    public async Task Sweep_WhenVeryManyExpireAtOnce_ReportsAreAcknowledgedMeanwhile()
    {
        const int Many = 20_000;
        await ReportAsync("many", "first");
        await _server.AddSessionsAsync(Many);
        _clock.Advance(TimeSpan.FromHours(1));

        // Whoever reports waits for one batch at the most.
        var first = await _server.WithAsync<IExpirySweep, SweptBatch>(sweep =>
            sweep.SweepFreeAsync(_clock.GetUtcNow(), new HashSet<Guid>(), CancellationToken.None));
        await ReportAsync("many", "in between", ttl: 1440);

        var sweeping = Task.Run(SweepAsync);
        for (var i = 0; !sweeping.IsCompleted; i++)
            await ReportAsync(i % 2 == 0 ? "many" : "other", "meanwhile", ttl: 1440);

        // What came while the agent was held for a moment is left for another round, as it is for the service.
        var swept = first.Expired + await sweeping + await SweepAsync();
        Assert.That(first.HasMore);
        Assert.That(first.Expired, Is.InRange(1, Many / 10));
        Assert.That(swept, Is.EqualTo(Many + 1));
        Assert.That(await _server.EventsAsync(EventTypes.SessionExpired), Has.Count.EqualTo(Many + 1));
        await _server.AssertActivityAgreesAsync();
    }

    [Test]
    public async Task Service_WhenServersWereDownMeanwhile_RecordsWhatIsOverdueAndThenEachInItsSecond()
    {
        await ReportAsync("agent", "overdue", ttl: 1);
        _clock.Advance(TimeSpan.FromDays(2));
        await _server.Sweeper.StartAsync(CancellationToken.None);
        try
        {
            await ExpiredAsync(1);
            await ReportAsync("agent", "later", ttl: 1);
            _clock.Advance(TimeSpan.FromMinutes(1));
            await ExpiredAsync(2);
        }
        finally
        {
            await _server.Sweeper.StopAsync(CancellationToken.None);
        }

        // The service may have fallen asleep just before the clock moved, so it moves a little on.
        Task ExpiredAsync(int count) => Eventually.TrueAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return (await _server.SessionsAsync()).Count(session => session.ExpiredAt == session.ExpiresAt) == count;
            },
            "the expiry to be on record");
    }

    private async Task ReportAsync(
        string agent, string topic, SessionStatus status = SessionStatus.Running, string? message = null, int ttl = 0) =>
        Assert.That(await _server.ReportAsync(Entry(_owner, agent, topic, status, message, ttl: ttl)), Is.Null);

    private Task<int> SweepAsync() => _server.Sweeper.SweepAsync(CancellationToken.None);
}
