using Microsoft.EntityFrameworkCore;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

/// <summary>More rows than anybody would want to report.</summary>
internal static class ManyRows
{
    private const string RandomIdOfSqlite =
        "hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6))";

    /// <summary>Copies of the one session that there is, as if each had been reported too; without reports.</summary>
    public static async Task AddSessionsAsync(this StatusLogServer server, int count) => await server.ExecuteAsync(
        $"""
        WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {count})
        INSERT INTO sessions (
            id, agent_id, topic, created, last_updated, last_updated_second, ttl_minutes, expires_at, expired_at, expiry_check_at, current_status,
            last_message, started_at, ended_at, report_count)
        SELECT {await NewIdAsync(server)}, agent_id, 'copy ' || n, created, last_updated, last_updated_second, ttl_minutes, expires_at, expired_at,
            expiry_check_at, current_status, last_message, started_at, ended_at, report_count
        FROM sessions CROSS JOIN copy;
        UPDATE agent_activity SET session_count = session_count + {count}, active_session_count = active_session_count + {count}, version = version + 1
        """);

    /// <summary>Copies of each session's only report behind it, a millisecond apart, so that each session has <paramref name="count"/> of them.</summary>
    public static async Task AddReportsAsync(this StatusLogServer server, int count) => await server.ExecuteAsync(
        $"""
        WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {count - 1})
        INSERT INTO status_reports (id, agent_id, session_id, sequence, status, received_at)
        SELECT {await NewIdAsync(server)}, agent_id, session_id, 1 + n, status, received_at + {(await IsSqliteAsync(server) ? "n * 1000" : "n * interval '1 millisecond'")}
        FROM status_reports CROSS JOIN copy;
        UPDATE sessions SET report_count = {count};
        UPDATE agent_activity SET version = version + 1
        """);

    private static async Task<string> NewIdAsync(StatusLogServer server) => await IsSqliteAsync(server) ? RandomIdOfSqlite : "gen_random_uuid()";

    private static Task<bool> IsSqliteAsync(StatusLogServer server) => server.QueryAsync(database => Task.FromResult(database.Database.IsSqlite()));
}
