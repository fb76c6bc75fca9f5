using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Events;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class RemovalTests(DatabaseProvider provider)
{
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
    public async Task RemoveSession_WhenItWasTheNewest_TheAgentShowsTheOneBefore()
    {
        await ReportAsync("agent", "expired");
        _clock.Advance(TimeSpan.FromHours(1));
        await _server.Sweeper.SweepAsync(CancellationToken.None);
        await ReportAsync("agent", "older", SessionStatus.Pending, "older");
        await ReportAsync("agent", "newer", SessionStatus.Failed, "newer");
        foreach (var topic in new[] { "newer", "expired" })
            Assert.That(await _server.RemoveSessionAsync(await SessionAsync(topic)), Is.True);

        var activity = await _server.ActivityAsync("agent");
        Assert.That((activity.LatestStatus, activity.LatestMessage), Is.EqualTo(((SessionState?)SessionState.Pending, (string?)"older")));
        Assert.That((activity.SessionCount, activity.ActiveSessionCount), Is.EqualTo((1, 1)));
        Assert.That((await _server.EventsAsync(EventTypes.SessionDeleted)).Count, Is.EqualTo(2));
        await _server.AssertActivityAgreesAsync();
    }

    [Test]
    public async Task RemoveSession_WhenTwoDoItAtOnce_OneDoesAndOneEventTellsIt()
    {
        await using var other = new StatusLogServer(_database.Options, time: _clock);
        await ReportAsync("agent", "topic");
        var session = await SessionAsync("topic");

        var removed = await Task.WhenAll(_server.RemoveSessionAsync(session), other.RemoveSessionAsync(session));

        Assert.That(removed, Is.EquivalentTo([true, false]));
        Assert.That(await _server.EventsAsync(EventTypes.SessionDeleted), Has.Count.EqualTo(1));
        await _server.AssertActivityAgreesAsync();
    }

    [Test]
    public async Task Report_AfterTheSessionWasRemoved_OpensANewOneThatKeepsItsReports()
    {
        await ReportAsync("agent", "topic");
        var old = await SessionAsync("topic");
        await _server.RemoveSessionAsync(old);
        await ReportAsync("agent", "topic", message: "new");
        await _server.Cleaner.DeleteRemovedAsync(CancellationToken.None);

        var fresh = await SessionAsync("topic");
        Assert.That(fresh.Id, Is.Not.EqualTo(old.Id));
        Assert.That((await _server.ReportsAsync()).Select(report => (report.SessionId, report.Message)), Is.EqualTo([(fresh.Id, "new")]));
    }

    [Test]
    public async Task RemoveAgent_WhenItHasManyReports_LeavesNoneBehind()
    {
        for (var i = 0; i < 3; i++)
            await ReportAsync("agent", $"topic {i}");
        await _server.AddReportsAsync(1500);
        await ReportAsync("other", "topic");
        await _server.RemoveAgentAsync((await _server.ActivityAsync("agent")).AgentId);
        var before = (await _server.ReportsAsync()).Count;

        // Two servers share the work.
        await using var second = new StatusLogServer(_database.Options, time: _clock);
        await Task.WhenAll(_server.Cleaner.DeleteRemovedAsync(CancellationToken.None), second.Cleaner.DeleteRemovedAsync(CancellationToken.None));

        Assert.That(before, Is.EqualTo((3 * 1500) + 1), "they go afterwards");
        await Eventually.TrueAsync(
            async () =>
            {
                await _server.Cleaner.DeleteRemovedAsync(CancellationToken.None);
                return !await _server.QueryAsync(database => database.Set<SessionRemoval>().AnyAsync());
            },
            "everything to be removed");
        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(1));
        Assert.That((await _server.SessionsAsync()).Select(session => session.Topic), Is.EqualTo(["topic"]));
    }

    [Test]
    public async Task RemoveAgent_WhileItReports_RegistersItAnewOrNotAtAll()
    {
        for (var round = 0; round < 10; round++)
        {
            await ReportAsync("agent", "topic");
            var id = (await _server.ActivityAsync("agent")).AgentId;
            var reports = Task.WhenAll(Enumerable.Range(0, 10).Select(i => _server.ReportAsync(Entry(_owner, "agent", $"topic {i}"))));
            Assert.That(await _server.RemoveAgentAsync(id), Is.True);

            Assert.That(await reports, Has.All.Null.Or.TypeOf<UnavailableException>());
            Assert.That(await _server.QueryAsync(database => database.Sessions.CountAsync(session => session.AgentId == id)), Is.Zero);
        }

        // Whatever belongs to no session is noted.
        await _server.Cleaner.DeleteRemovedAsync(CancellationToken.None);
        var sessions = (await _server.SessionsAsync()).ConvertAll(session => session.Id);
        Assert.That((await _server.ReportsAsync()).Select(report => report.SessionId).Distinct(), Is.SubsetOf(sessions));
        await _server.AssertActivityAgreesAsync();
    }

    private async Task<Session> SessionAsync(string topic) => (await _server.SessionsAsync()).Single(session => session.Topic == topic);

    private async Task ReportAsync(string agent, string topic, SessionStatus status = SessionStatus.Running, string? message = null) =>
        Assert.That(await _server.ReportAsync(Entry(_owner, agent, topic, status, message)), Is.Null);
}
