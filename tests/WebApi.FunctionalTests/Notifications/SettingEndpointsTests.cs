using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Notifications;

/// <summary>What settings stand for is put in step when a server starts.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class SettingEndpointsTests(DatabaseProvider provider)
{
    private TestDatabase _database = null!;

    [SetUp]
    public async Task SetUpAsync() => _database = await TestDatabase.CreateAsync(provider);

    [TearDown]
    public async Task TearDownAsync() => await _database.DisposeAsync();

    [Test]
    public async Task Start_WhenSettingsAreOthersThanBefore_EndpointsFollow()
    {
        Guid set, changed, cleared;
        await using (var before = await StartAsync("https://example.com/all"))
        {
            set = await NewUserAsync(before, url: null);
            changed = await NewUserAsync(before, "https://example.com/old");
            cleared = await NewUserAsync(before, "https://example.com/gone");
            Assert.That(await EndpointsAsync(before), Is.EquivalentTo([
                ((Guid?)null, "https://example.com/all"), (changed, "https://example.com/old"), (cleared, "https://example.com/gone")]));

            // As a server of an earlier version does it, which knows of no endpoints.
            await SetUrlAsync(before, set, "https://example.com/set");
            await SetUrlAsync(before, changed, "https://example.com/new");
            await SetUrlAsync(before, cleared, null);
        }

        await using (var after = await StartAsync("https://example.com/others"))
        {
            Assert.That(await EndpointsAsync(after), Is.EquivalentTo([
                ((Guid?)null, "https://example.com/others"), (set, "https://example.com/set"), (changed, "https://example.com/new")]));
        }

        await using var without = await StartAsync(url: null);
        Assert.That(await EndpointsAsync(without), Is.EquivalentTo([((Guid?)set, "https://example.com/set"), (changed, "https://example.com/new")]));
    }

    private Task<ProductServer> StartAsync(string? url) => ProductServer.StartAsync(
        provider,
        environment: url is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFICATION_WEBHOOK_URL"] = url },
        shared: _database);

    private static async Task<Guid> NewUserAsync(ProductServer server, string? url)
    {
        using var caller = await server.NewCallerAsync();
        if (url is not null)
            await caller.PutAsync("/api/auth/me", new { notification_webhook_url = url });
        return caller.UserId;
    }

    private static Task<int> SetUrlAsync(ProductServer server, Guid userId, string? url) => server.WithDatabaseAsync(db => db.Accounts
        .Where(user => user.Id == userId)
        .ExecuteUpdateAsync(set => set.SetProperty(user => user.NotificationWebhookUrl, url)));

    private static async Task<IReadOnlyList<(Guid? OwnerId, string Url)>> EndpointsAsync(ProductServer server)
    {
        var endpoints = await server.WithDatabaseAsync(db => db.NotificationEndpoints.AsNoTracking().ToListAsync());
        Assert.That(endpoints.Select(endpoint => endpoint.Kind == EndpointKind.Server), Is.EqualTo(endpoints.Select(endpoint => endpoint.OwnerId is null)));
        return endpoints.ConvertAll(endpoint => (endpoint.OwnerId, endpoint.Url));
    }
}
