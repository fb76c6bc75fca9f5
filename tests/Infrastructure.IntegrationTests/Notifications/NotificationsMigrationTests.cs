using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class NotificationsMigrationTests(DatabaseProvider provider)
{
    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;

    [SetUp]
    public async Task SetUp()
    {
        _database = await TestDatabase.CreateAsync(provider);
        _server = new StatusLogServer(_database.Options);
        await _server.QueryAsync(async database =>
        {
            await database.GetService<IMigrator>().MigrateAsync("StatusTracking");
            return true;
        });
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [TestCase(0)]
    [TestCase(3)]
    public async Task Migrate_WhenThereAreEvents_StartsAfterTheNewest(int events)
    {
        await _server.QueryAsync(async database =>
        {
            for (var i = 0; i < events; i++)
            {
                await database.Database.ExecuteSqlRawAsync(
                    provider == DatabaseProvider.Sqlite
                        ? "INSERT INTO events (owner_id, type, at, data) VALUES ('x', 'stack.deleted', 0, '{{}}')"
                        : "INSERT INTO events (owner_id, type, at, data) VALUES (gen_random_uuid(), 'stack.deleted', now(), '{{}}')");
            }

            return true;
        });

        await _server.CreateSchemaAsync();

        var cursors = await _server.QueryAsync(database => database.NotificationCursors.AsNoTracking().ToListAsync());
        Assert.That(cursors.Select(cursor => (cursor.Id, cursor.EventId)), Is.EqualTo([(1, (long)events)]));
    }

    [Test]
    public async Task Migrate_WhenThereAreSummaries_TheyAreKnownAsSuch()
    {
        var (single, summary) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _server.QueryAsync(async database =>
        {
            await database.GetService<IMigrator>().MigrateAsync("Notifications");
            await InsertAsync(database, single, """{"message":"\"repeated\":1","session":{"repeated":1}}""");
            await InsertAsync(database, summary, """{"message":null,"repeated":{"count":2}}""");
            return true;
        });

        await _server.CreateSchemaAsync();

        var summaries = await _server.QueryAsync(database => database.Notifications.Where(notification => notification.IsSummary).Select(notification => notification.Id).ToListAsync());
        Assert.That(summaries, Is.EqualTo(new[] { summary }));
    }

    private Task<int> InsertAsync(ApplicationDbContext database, Guid id, string data) => database.Database.ExecuteSqlRawAsync(
        provider == DatabaseProvider.Sqlite
            ? "INSERT INTO notifications (id, owner_id, type, at, data) VALUES ({0}, {0}, 'session.status_changed', 0, {1})"
            : "INSERT INTO notifications (id, owner_id, type, at, data) VALUES ({0}, {0}, 'session.status_changed', now(), {1})",
        id,
        data);
}
