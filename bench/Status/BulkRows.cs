using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Bench.Status;

/// <summary>Rows made by the million inside the database of a stopped server.</summary>
internal sealed class BulkRows : IAsyncDisposable
{
    private readonly DbConnection _connection;
    private readonly bool _isPostgres;

    private BulkRows(DatabaseOptions database)
    {
        _isPostgres = database.Provider == DatabaseProvider.PostgreSql;
        _connection = _isPostgres ? new NpgsqlConnection(database.ConnectionString) : new SqliteConnection(database.ConnectionString);
    }

    public static async Task<BulkRows> OpenAsync(DatabaseOptions database)
    {
        var rows = new BulkRows(database);
        await rows._connection.OpenAsync();
        return rows;
    }

    /// <summary>Gives an owner's sessions, which hold one report each, so many of the same, a second apart; the one they had is the newest.</summary>
    public async Task MultiplyReportsAsync(Guid owner, int reports)
    {
        const string AgentsOfOwner = "agent_id IN (SELECT id FROM agents WHERE owner_id = @owner)";
        await ExecuteAsync($"UPDATE sessions SET report_count = @reports WHERE {AgentsOfOwner}");
        await ExecuteAsync($"UPDATE status_reports SET sequence = @reports WHERE {AgentsOfOwner}");

        // SQLite keeps ids as text in this form, and times in microseconds.
        var (id, receivedAt, numbers) = _isPostgres
            ? ("gen_random_uuid()", "received_at - back * interval '1 second'", "generate_series(1, @reports - 1) AS numbers(back)")
            : ("hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6))",
                "received_at - back * 1000000",
                "(WITH RECURSIVE numbers(back) AS (VALUES(1) UNION ALL SELECT back + 1 FROM numbers WHERE back < @reports - 1) SELECT back FROM numbers)");
        await ExecuteAsync(
            $"""
             INSERT INTO status_reports (id, agent_id, session_id, sequence, status, received_at, reported_at, message, content)
             SELECT {id}, agent_id, session_id, sequence - back, status, {receivedAt}, reported_at, message, content
             FROM status_reports CROSS JOIN {numbers}
             WHERE {AgentsOfOwner}
             """);

        async Task ExecuteAsync(string sql)
        {
            await using var command = NewCommand(sql);
            AddParameter(command, "owner", owner);
            AddParameter(command, "reports", reports);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>What PostgreSQL does by itself a minute later, and SQLite never.</summary>
    public async Task AnalyzeAsync()
    {
        await using var command = NewCommand(_isPostgres ? "VACUUM ANALYZE" : "ANALYZE");
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        if (_connection is SqliteConnection connection)
            SqliteConnection.ClearPool(connection);
    }

    private DbCommand NewCommand(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        return command;
    }

    private static void AddParameter(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
