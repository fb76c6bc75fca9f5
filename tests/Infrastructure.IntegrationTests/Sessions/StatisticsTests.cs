using StackAgent.Application.Sessions;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class StatisticsTests(DatabaseProvider provider)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private ManualTimeProvider _clock = null!;
    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;
    private Guid _owner;

    [SetUp]
    public async Task SetUp()
    {
        _clock = new ManualTimeProvider(Start);
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
    public async Task Read_WhateverTheReportsAndTheSpan_AgreesWithAPlainLookAtTheHistory()
    {
        // The same numbers on both databases.
        var random = new Random(20260301);
        var statuses = Enum.GetValues<SessionStatus>();
        for (var i = 0; i < 400; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(random.Next(1, 1200)) + TimeSpan.FromMicroseconds(random.Next(1_000_000)));
            await ReportAsync(random.Next(4) == 0 ? "other" : "agent", $"topic {random.Next(4)}", statuses[random.Next(statuses.Length)]);
        }

        var history = await HistoryAsync("agent");
        var end = _clock.GetUtcNow() + TimeSpan.FromSeconds(1);
        for (var i = 0; i < 25; i++)
        {
            var from = i == 0 ? Start : Start + ((end - Start) * random.NextDouble());
            var to = i == 0 ? end : from + ((end - from) * random.NextDouble()) + TimeSpan.FromSeconds(1);
            var figures = await ReadAsync("agent", from, to);
            var expected = StatisticsModel.Count(history, from, to);
            Assert.Multiple(() =>
            {
                Assert.That((figures!.Succeeded, figures.Failed, figures.Reports), Is.EqualTo((expected.Succeeded, expected.Failed, expected.Reports)));
                Assert.That((figures.Median, figures.P95), Is.EqualTo((expected.Median, expected.P95)));
                Assert.That(figures.Hourly, Is.EqualTo(expected.Hourly));
            });
        }
    }

    [Test]
    public async Task Read_WhenARunBeganBeforeTheSpan_HasItsWholeLength()
    {
        await ReportAsync("agent", "topic", SessionStatus.Success);
        await ReportAsync("agent", "topic", SessionStatus.Running);
        _clock.Advance(TimeSpan.FromHours(5));
        await ReportAsync("agent", "topic", SessionStatus.WaitingForInput);
        await ReportAsync("agent", "topic", SessionStatus.Success);
        await ReportAsync("agent", "topic", SessionStatus.Success);
        await ReportAsync("agent", "topic", SessionStatus.Running);

        var figures = await ReadAsync("agent", _clock.GetUtcNow() - TimeSpan.FromMinutes(1), _clock.GetUtcNow() + TimeSpan.FromMinutes(1));

        Assert.That((figures!.Succeeded, figures.Failed), Is.EqualTo((1, 0)));
        Assert.That(figures.Median, Is.EqualTo(TimeSpan.FromHours(5)).Within(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public async Task Read_WhenTheLastRunsBeginningIsNotKept_TheSessionRemembersIt()
    {
        await ReportAsync("agent", "topic", SessionStatus.Running);
        _clock.Advance(TimeSpan.FromHours(2));
        await ReportAsync("agent", "topic", SessionStatus.Failed);
        await _server.ExecuteAsync("DELETE FROM status_reports WHERE sequence = 1");

        var figures = await ReadAsync("agent", Start, Start + TimeSpan.FromDays(1));

        Assert.That(figures!.Failed, Is.EqualTo(1));
        Assert.That(figures.Median, Is.EqualTo(TimeSpan.FromHours(2)).Within(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public async Task Read_OfRemovedSessionsAndOthersAgents_CountsNothing()
    {
        await ReportAsync("agent", "topic", SessionStatus.Running);
        await ReportAsync("agent", "topic", SessionStatus.Success);
        await _server.RemoveSessionAsync((await _server.SessionsAsync()).Single());

        var mine = await ReadAsync("agent", Start, Start + TimeSpan.FromDays(1));
        var theirs = await _server.WithAsync((IAgentStatistics statistics) =>
            statistics.ReadAsync(Guid.CreateVersion7(), "agent", Start, Start + TimeSpan.FromDays(1), hourly: true, CancellationToken.None));

        Assert.That((mine!.Succeeded, mine.Reports, mine.Median, mine.Hourly.Count), Is.EqualTo((0, 0, (TimeSpan?)null, 0)));
        Assert.That(theirs, Is.Null);
    }

    private Task<AgentFigures?> ReadAsync(string agent, DateTimeOffset from, DateTimeOffset to) => _server.WithAsync((IAgentStatistics statistics) =>
        statistics.ReadAsync(_owner, agent, Micro(from), Micro(to), hourly: true, CancellationToken.None));

    private async Task<List<StatusReport>> HistoryAsync(string agent)
    {
        var id = (await _server.ActivityAsync(agent)).AgentId;
        return (await _server.ReportsAsync()).FindAll(report => report.AgentId == id);
    }

    private async Task ReportAsync(string agent, string topic, SessionStatus status) =>
        Assert.That(await _server.ReportAsync(Entry(_owner, agent, topic, status)), Is.Null);

    private static DateTimeOffset Micro(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
