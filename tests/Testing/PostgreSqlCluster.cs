using System.Globalization;
using Npgsql;

namespace StackAgent.Testing;

/// <summary>
/// A PostgreSQL for tests: the one that <c>TEST_POSTGRES</c> (a connection string) names, else a throwaway cluster. Started at first use,
/// once for a test process, stopped at its end.
/// </summary>
public static class PostgreSqlCluster
{
    private static readonly Lazy<Task<string>> Server = new(StartAsync);
    private static int _databases;
    private static ThrowawayPostgreSql? _throwaway;

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        var server = await Server.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE); CREATE DATABASE {name}", connection);
        foreach (var statement in command.CommandText.Split("; "))
        {
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync();
        }

        return new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 30 }.ConnectionString;
    }

    /// <summary>Ends all connections to a database made by <see cref="CreateDatabaseAsync"/> and removes it.</summary>
    public static async Task DropDatabaseAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await using var connection = new NpgsqlConnection(await Server.Value);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE)", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>False cuts all connections to a database made by <see cref="CreateDatabaseAsync"/> and lets no new one in, until it is true again.</summary>
    public static async Task SetReachableAsync(string connectionString, bool reachable)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await using var connection = new NpgsqlConnection(await Server.Value);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"ALTER DATABASE {name} ALLOW_CONNECTIONS {reachable}", connection);
        await command.ExecuteNonQueryAsync();
        command.CommandText = $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'";
        if (!reachable)
            await command.ExecuteNonQueryAsync();
    }

    /// <summary>Ends the throwaway cluster, if one was started, and removes its files; each test assembly calls it when all its tests are done.</summary>
    public static async Task StopAsync()
    {
        if (_throwaway is not null)
            await _throwaway.DisposeAsync();
    }

    private static async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("TEST_POSTGRES") is { Length: > 0 } given)
            return given;

        // Tests needn't survive a power cut.
        _throwaway = await ThrowawayPostgreSql.StartAsync(durable: false);
        return _throwaway.ConnectionString;
    }
}
