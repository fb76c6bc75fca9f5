using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

/// <summary>What agents had reported before their activity got a row of its own.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class StatusTrackingMigrationTests(DatabaseProvider provider)
{
    private static readonly DateTimeOffset Past = new(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero);
    private static readonly DateTimeOffset Future = new(2126, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;
    private Guid _owner;

    [SetUp]
    public async Task SetUp()
    {
        _database = await TestDatabase.CreateAsync(provider);
        _server = new StatusLogServer(_database.Options);
        await _server.QueryAsync(async database =>
        {
            await database.GetService<IMigrator>().MigrateAsync("DeployDeadlineAndInstallation");
            return true;
        });
        _owner = await _server.AddOwnerAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Migrate_WhenThereAreAgentsSessionsAndReports_TheirActivityIsWhatTheyReported()
    {
        var silent = await AddAgentAsync("silent", Past.AddSeconds(2));
        await AddSessionAsync(silent, "older", "pending", Past, Future, "waits");
        await AddSessionAsync(silent, "newest", "running", Past.AddSeconds(2), Past.AddMinutes(30), "works");
        var done = await AddAgentAsync("done", Past.AddSeconds(2));
        await AddSessionAsync(done, "older", "waiting_for_input", Past, Future, "asks");
        await AddSessionAsync(done, "newest", "success", Past.AddSeconds(2), Past.AddMinutes(30), "done");
        await AddSessionAsync(await AddAgentAsync("over", Past), "only", "failed", Past, Past.AddMinutes(30), "broke");
        await AddAgentAsync("new", lastSeen: null);

        await _server.CreateSchemaAsync();

        var (shownSilent, shownDone, shownOver, shownNew) = (
            await _server.ActivityAsync("silent"), await _server.ActivityAsync("done"), await _server.ActivityAsync("over"), await _server.ActivityAsync("new"));
        var sessions = await _server.SessionsAsync();
        Assert.Multiple(() =>
        {
            Assert.That((shownSilent.LatestStatus, shownSilent.LatestMessage), Is.EqualTo(((SessionState?)SessionState.Expired, (string?)"works")));
            Assert.That((shownSilent.SessionCount, shownSilent.ActiveSessionCount), Is.EqualTo((2, 1)));
            Assert.That((shownSilent.OwnerId, shownSilent.LastSeen, shownSilent.LastActivityAt), Is.EqualTo((_owner, (DateTimeOffset?)Past.AddSeconds(2), Past.AddSeconds(2))));
            Assert.That((shownDone.LatestStatus, shownDone.LatestMessage), Is.EqualTo(((SessionState?)SessionState.WaitingForInput, (string?)"asks")));
            Assert.That((shownOver.LatestStatus, shownOver.ActiveSessionCount), Is.EqualTo(((SessionState?)null, 0)));
            Assert.That((shownNew.LastSeen, shownNew.LastActivityAt, shownNew.SessionCount), Is.EqualTo(((DateTimeOffset?)null, Past, 0)));
            Assert.That(shownNew.LastActivitySecond, Is.EqualTo(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));
            foreach (var session in sessions)
            {
                Assert.That(session.ExpiredAt, Is.EqualTo(session.ExpiresAt == Future ? null : session.ExpiresAt));
                Assert.That(session.ExpiryCheckAt, Is.EqualTo(session.ExpiresAt));
                Assert.That(session.LastUpdatedSecond, Is.EqualTo(session.LastUpdated.AddMicroseconds(-678_901)));
            }
        });
        Assert.That((await _server.ReportsAsync()).Select(report => (report.SessionId, report.Sequence)), Is.EquivalentTo(sessions.Select(session => (session.Id, 1L))));
        await _server.AssertActivityAgreesAsync();

        // Nobody is told what was over before.
        Assert.That(await _server.Sweeper.SweepAsync(CancellationToken.None), Is.Zero);
    }

    [Test]
    public async Task Migrate_WhenAReportComesAfterwards_TheSessionGoesOn()
    {
        await AddSessionAsync(await AddAgentAsync("agent", Past), "topic", "running", Past, Past.AddMinutes(30), message: null);
        await _server.CreateSchemaAsync();
        await _server.Writer.StartAsync(CancellationToken.None);

        Assert.That(await _server.ReportAsync(StatusLogServer.Entry(_owner, "agent", "topic", SessionStatus.Success)), Is.Null);

        var session = (await _server.SessionsAsync()).Single();
        Assert.That((session.ReportCount, session.ExpiredAt, session.StartedAt), Is.EqualTo((2, (DateTimeOffset?)null, (DateTimeOffset?)Past)));
        await _server.AssertActivityAgreesAsync();
    }

    private Task<Guid> AddAgentAsync(string key, DateTimeOffset? lastSeen) => _server.QueryAsync(async database =>
    {
        var id = Guid.CreateVersion7();
        var created = Moment(Past);
        await database.Database.ExecuteSqlRawAsync(
            """
            INSERT INTO agents (id, owner_id, key, kind, name, status, revision, created_at, created_by_id, updated_at, updated_by_id, last_activity_at)
            VALUES ({0}, {1}, {2}, 'reported', {2}, 'external', 0, {3}, {1}, {3}, {1}, {4})
            """,
            id, _owner, key, created, Moment(lastSeen ?? Past));
        if (lastSeen is { } seen)
            await database.Database.ExecuteSqlRawAsync("UPDATE agents SET last_seen = {1} WHERE id = {0}", id, Moment(seen));
        return id;
    });

    private Task AddSessionAsync(Guid agent, string topic, string status, DateTimeOffset lastUpdated, DateTimeOffset expiresAt, string? message) =>
        _server.QueryAsync(async database =>
        {
            var session = Guid.CreateVersion7();
            await database.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO sessions (id, agent_id, topic, created, last_updated, ttl_minutes, expires_at, current_status, last_message, started_at, report_count)
                VALUES ({0}, {1}, {2}, {3}, {3}, 30, {4}, {5}, {6}, {3}, 1)
                """,
                session, agent, topic, Moment(lastUpdated), Moment(expiresAt), status, message ?? "");
            await database.Database.ExecuteSqlRawAsync(
                "INSERT INTO status_reports (id, agent_id, session_id, sequence, status, received_at, event_id) VALUES ({0}, {1}, {2}, 1, {3}, {4}, {5})",
                Guid.CreateVersion7(), agent, session, status, Moment(lastUpdated), $"event {topic}");
            return true;
        });

    private object Moment(DateTimeOffset moment) => provider == DatabaseProvider.Sqlite ? SqliteMoments.ToMicroseconds(moment) : moment;
}
