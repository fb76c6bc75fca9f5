using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Sessions.Retention;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class RetentionTests(DatabaseProvider provider)
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private ManualTimeProvider _clock = null!;
    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;
    private Guid _owner;

    [SetUp]
    public async Task SetUp()
    {
        _clock = new ManualTimeProvider();
        _database = await TestDatabase.CreateAsync(provider);
        _server = await StatusLogServer.StartAsync(_database.Options, time: _clock, retention: new RetentionOptions(Week, MaxPerSession: 10));
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
    public async Task DeleteOld_WhenReportsAreOlderThanKept_TheyGoAndSessionsWithoutYoungerOnesToo()
    {
        await ReportAsync("agent", "old", message: "old");
        await ReportAsync("gone quiet", "old");
        await ReportAsync("agent", "goes on", message: "first");
        await _server.AddReportsAsync(2500);
        _clock.Advance(TimeSpan.FromDays(6));
        await ReportAsync("agent", "goes on", message: "second");
        _clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));
        await _server.Sweeper.SweepAsync(CancellationToken.None);
        var before = await _server.ActivityAsync("gone quiet");

        await _server.Cleaner.DeleteOldAsync(CancellationToken.None);
        await _server.Cleaner.DeleteRemovedAsync(CancellationToken.None);

        var session = (await _server.SessionsAsync()).Single();
        var quiet = await _server.ActivityAsync("gone quiet");
        Assert.Multiple(async () =>
        {
            Assert.That((await _server.ReportsAsync()).Select(report => report.Message), Is.EqualTo(["second"]));
            Assert.That((session.Topic, session.ReportCount), Is.EqualTo(("goes on", 2501)), "it counts what ever came");
            Assert.That((quiet.SessionCount, quiet.LatestStatus, quiet.LastSeen), Is.EqualTo((0, (SessionState?)null, before.LastSeen)), "agents stay");
        });
        await _server.AssertActivityAgreesAsync();
        await ReportAsync("agent", "goes on", message: "third");
        Assert.That((await _server.ReportsAsync()).Max(report => report.Sequence), Is.EqualTo(2502));
    }

    [Test]
    public async Task DeleteOld_WhenASessionStillLives_ItStays()
    {
        await using var strict = new StatusLogServer(_database.Options, time: _clock, retention: new RetentionOptions(TimeSpan.FromMinutes(1), MaxPerSession: null));
        await ReportAsync("agent", "lives");
        _clock.Advance(TimeSpan.FromMinutes(5));

        await strict.Cleaner.DeleteOldAsync(CancellationToken.None);

        Assert.That(await _server.SessionsAsync(), Has.Count.EqualTo(1));
        Assert.That(await _server.ReportsAsync(), Is.Empty);
        await _server.AssertActivityAgreesAsync();
    }

    [Test]
    public async Task DeleteOld_WhenEverythingIsKept_DeletesNothing()
    {
        await using var patient = new StatusLogServer(_database.Options, time: _clock, retention: new RetentionOptions(MaxAge: null, MaxPerSession: null));
        await ReportAsync("agent", "topic");
        _clock.Advance(TimeSpan.FromDays(10_000));
        await patient.Sweeper.SweepAsync(CancellationToken.None);

        await patient.Cleaner.DeleteOldAsync(CancellationToken.None);
        await patient.Cleaner.DeleteSurplusAsync(CancellationToken.None);

        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task DeleteSurplus_WhenASessionHasMoreThanItKeeps_TheNewestStayAndTheCountIsOfAll()
    {
        await ReportAsync("agent", "many");
        await _server.AddReportsAsync(2500);
        await ReportAsync("agent", "few");
        await _server.Cleaner.DeleteSurplusAsync(CancellationToken.None);
        var first = await SequencesAsync("many");

        // Later rounds look at sessions that have reported since.
        _clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 5; i++)
            await ReportAsync("agent", "many");
        await _server.Cleaner.DeleteSurplusAsync(CancellationToken.None);

        Assert.That(first, Is.EqualTo(Enumerable.Range(2491, 10)));
        Assert.That(await SequencesAsync("many"), Is.EqualTo(Enumerable.Range(2496, 10)));
        Assert.That(await SequencesAsync("few"), Is.EqualTo([1]));
        Assert.That((await _server.SessionsAsync()).Single(session => session.Topic == "many").ReportCount, Is.EqualTo(2505));
    }

    [Test]
    public async Task Service_WhenItRuns_DoesAllOfItByItself()
    {
        await ReportAsync("agent", "many");
        await _server.AddReportsAsync(100);
        await ReportAsync("agent", "removed");
        await _server.RemoveSessionAsync((await _server.SessionsAsync()).Single(session => session.Topic == "removed"));
        await _server.Cleaner.StartAsync(CancellationToken.None);
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    _clock.Advance(TimeSpan.FromSeconds(5));
                    return (await _server.ReportsAsync()).Count == 10;
                },
                "the surplus and the removed session's report to go");
        }
        finally
        {
            await _server.Cleaner.StopAsync(CancellationToken.None);
        }
    }

    private async Task<List<long>> SequencesAsync(string topic)
    {
        var session = (await _server.SessionsAsync()).Single(session => session.Topic == topic);
        return [.. (await _server.ReportsAsync()).Where(report => report.SessionId == session.Id).Select(report => report.Sequence).Order()];
    }

    private async Task ReportAsync(string agent, string topic, string? message = null) =>
        Assert.That(await _server.ReportAsync(Entry(_owner, agent, topic, message: message)), Is.Null);
}
