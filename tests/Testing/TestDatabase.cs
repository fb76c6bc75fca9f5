using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Testing;

/// <summary>An empty database of the test's own, on either provider; removed when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly TemporaryFolder? _folder;

    private TestDatabase(DatabaseOptions options, TemporaryFolder? folder)
    {
        Options = options;
        _folder = folder;
    }

    public DatabaseOptions Options { get; }

    public static async Task<TestDatabase> CreateAsync(DatabaseProvider provider)
    {
        if (provider == DatabaseProvider.PostgreSql)
            return new TestDatabase(new DatabaseOptions(provider, await PostgreSqlCluster.CreateDatabaseAsync()), folder: null);

        var folder = new TemporaryFolder();
        return new TestDatabase(new DatabaseOptions(provider, $"Data Source={folder["test.db"]}"), folder);
    }

    /// <summary>PostgreSQL only: the database as <c>DATABASE_URL</c> names it.</summary>
    public string Url
    {
        get
        {
            var parts = new NpgsqlConnectionStringBuilder(Options.ConnectionString);
            var password = parts.Password is { Length: > 0 } given ? $":{Uri.EscapeDataString(given)}" : "";
            return string.Create(CultureInfo.InvariantCulture, $"postgresql://{Uri.EscapeDataString(parts.Username ?? "")}{password}@{parts.Host}:{parts.Port}/{parts.Database}");
        }
    }

    /// <summary>PostgreSQL only: false cuts all connections and lets no new one in.</summary>
    public Task SetReachableAsync(bool reachable) => PostgreSqlCluster.SetReachableAsync(Options.ConnectionString, reachable);

    public async ValueTask DisposeAsync()
    {
        if (_folder is null)
        {
            await PostgreSqlCluster.DropDatabaseAsync(Options.ConnectionString);
            return;
        }

        using (var connection = new SqliteConnection(Options.ConnectionString))
            SqliteConnection.ClearPool(connection);
        _folder.Dispose();
    }
}
