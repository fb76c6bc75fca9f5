using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Secrets;

/// <summary>Servers that share an empty database, and end with it.</summary>
internal sealed class SecretServers : IAsyncDisposable
{
    private readonly List<SecretServer> _all = [];
    private readonly TestDatabase _database;

    private SecretServers(TestDatabase database) => _database = database;

    public static async Task<SecretServers> CreateAsync(DatabaseProvider provider) => new(await TestDatabase.CreateAsync(provider));

    /// <summary>One more; several may start at once.</summary>
    public async Task<SecretServer> StartAsync(string secretKey, params string[] previous)
    {
        var server = await SecretServer.StartAsync(_database.Options, secretKey, previous);
        lock (_all)
            _all.Add(server);
        return server;
    }

    /// <summary>The keys as they are stored.</summary>
    public Task<List<DataProtectionKeyRow>> RowsAsync() => _all[0].RowsAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _all)
            await server.DisposeAsync();
        await _database.DisposeAsync();
    }
}
