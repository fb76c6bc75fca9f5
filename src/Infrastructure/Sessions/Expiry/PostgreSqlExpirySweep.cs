using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Sessions.Expiry;

/// <summary>
/// Several servers share the work: each takes the agents that nobody holds, and looks at the sessions again once it holds them, so each
/// expiry is recorded and told once.
/// </summary>
internal sealed class PostgreSqlExpirySweep(IServiceScopeFactory scopes) : IExpirySweep
{
    private const string DueExcept =
        "SELECT id, agent_id FROM sessions WHERE expired_at IS NULL AND expiry_check_at <= $1 AND agent_id <> ALL ($2) ORDER BY expiry_check_at LIMIT $3";

    private const string DueOf =
        "SELECT id, agent_id FROM sessions WHERE expired_at IS NULL AND expiry_check_at <= $1 AND agent_id = ANY ($2) ORDER BY expiry_check_at LIMIT $3";

    private const string Lock = "SELECT agent_id FROM agent_activity WHERE agent_id = ANY ($1) ORDER BY agent_id FOR NO KEY UPDATE";

    /// <summary>
    /// Who holds an agent longer than this is stuck, and the others shouldn't wait for it as well.
    /// </summary>
    private const string Patience = "SET LOCAL lock_timeout = '2s'";

    private const string Record =
        """
        UPDATE sessions AS session SET
            expired_at = CASE WHEN session.expires_at <= $1 THEN session.expires_at END,
            expiry_check_at = session.expires_at
        FROM agents AS agent
        WHERE session.id = ANY ($2) AND session.agent_id = ANY ($3) AND session.expired_at IS NULL AND session.expiry_check_at <= $1
            AND agent.id = session.agent_id
        RETURNING session.id, session.topic, session.current_status, session.expired_at, agent.id, agent.owner_id, agent.key, agent.name, agent.kind, agent.stack_id
        """;

    private const string CountDown =
        """
        UPDATE agent_activity AS activity SET
            active_session_count = activity.active_session_count - change.ended,
            version = activity.version + 1
        FROM unnest($1, $2) AS change (agent_id, ended)
        WHERE activity.agent_id = change.agent_id
        """;

    /// <summary>
    /// Not for the agent whose next session has expired too: it is the next batch's, whoever comes to it first. An agent of very many sessions
    /// has its latest status looked up once and not for each batch of them.
    /// </summary>
    private const string ShowLatest =
        $"""
        UPDATE agent_activity AS activity SET {ActivitySql.Latest}
        WHERE activity.agent_id = ANY ($1) AND NOT EXISTS (
            SELECT 1 FROM sessions AS next
            WHERE next.id = $2 AND next.agent_id = activity.agent_id AND next.expired_at IS NULL AND next.expiry_check_at <= $3 AND next.expires_at <= $3)
        """;

    public Task<SweptBatch> SweepFreeAsync(DateTimeOffset now, IReadOnlyCollection<Guid> except, CancellationToken cancellationToken) =>
        SweepAsync(now, DueExcept, except, waits: false, cancellationToken);

    public Task<SweptBatch> SweepHeldAsync(DateTimeOffset now, IReadOnlyCollection<Guid> agents, CancellationToken cancellationToken) =>
        SweepAsync(now, DueOf, agents, waits: true, cancellationToken);

    private async Task<SweptBatch> SweepAsync(
        DateTimeOffset now, string dueSql, IReadOnlyCollection<Guid> agents, bool waits, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Database;
        await database.OpenConnectionAsync(cancellationToken);
        var connection = (NpgsqlConnection)database.GetDbConnection();

        var due = await FindDueAsync(connection, dueSql, now, agents, cancellationToken);
        if (due.Count == 0)
            return SweptBatch.Nothing;

        // One more than is looked at now.
        var hasMore = due.Count > IExpirySweep.BatchSize;
        var next = hasMore ? due[^1].Id : Guid.Empty;
        if (hasMore)
            due.RemoveAt(due.Count - 1);

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var wanted = due.Select(session => session.AgentId).Distinct().ToArray();
        var locked = await LockAsync(connection, wanted, waits, cancellationToken);
        var held = wanted.Except(locked).ToArray();
        if (locked.Count == 0)
            return new SweptBatch(Expired: 0, held, hasMore);

        var expired = await RecordAsync(connection, now, due.ConvertAll(session => session.Id), locked, cancellationToken);
        if (expired.Count > 0)
            await TellAsync(connection, expired, next, now, cancellationToken);

        // From here on the caller's patience no longer matters: a commit cut short would leave its outcome unknown.
        await transaction.CommitAsync(CancellationToken.None);
        return new SweptBatch(expired.Count, held, hasMore);
    }

    private static async Task<List<(Guid Id, Guid AgentId)>> FindDueAsync(
        NpgsqlConnection connection, string sql, DateTimeOffset now, IReadOnlyCollection<Guid> agents, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new() { Value = now },
                new() { Value = agents.ToArray() },
                new() { Value = IExpirySweep.BatchSize + 1 },
            },
        };
        var due = new List<(Guid Id, Guid AgentId)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            due.Add((reader.GetGuid(0), reader.GetGuid(1)));
        return due;
    }

    private static async Task<List<Guid>> LockAsync(NpgsqlConnection connection, Guid[] agents, bool waits, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (waits)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Patience));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(waits ? Lock : $"{Lock} SKIP LOCKED") { Parameters = { new() { Value = agents } } });
        var locked = new List<Guid>();
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                locked.Add(reader.GetGuid(0));
            return locked;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return [];
        }
    }

    private static async Task<List<ExpiredSession>> RecordAsync(
        NpgsqlConnection connection, DateTimeOffset now, List<Guid> sessions, List<Guid> agents, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Record, connection)
        {
            Parameters = { new() { Value = now }, new() { Value = sessions }, new() { Value = agents } },
        };
        var expired = new List<ExpiredSession>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (await reader.IsDBNullAsync(3, cancellationToken))
                continue; // A report came in time; it is looked at again when that one's patience ends.

            expired.Add(new ExpiredSession(
                new SessionSubject(reader.GetGuid(0), reader.GetString(1)),
                EnumWords<SessionStatus>.ToValue(reader.GetString(2)),
                reader.GetFieldValue<DateTimeOffset>(3),
                new AgentSubject(
                    reader.GetGuid(4),
                    reader.GetGuid(5),
                    reader.GetString(6),
                    reader.GetString(7),
                    EnumWords<AgentKind>.ToValue(reader.GetString(8)),
                    await reader.IsDBNullAsync(9, cancellationToken) ? null : reader.GetGuid(9))));
        }

        return expired;
    }

    private static async Task TellAsync(
        NpgsqlConnection connection, List<ExpiredSession> expired, Guid next, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ended = expired.CountBy(session => session.Agent.Id).ToList();
        var agents = ended.ConvertAll(agent => agent.Key);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(CountDown)
        {
            Parameters = { new() { Value = agents }, new() { Value = ended.ConvertAll(agent => agent.Value) } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ShowLatest)
        {
            Parameters = { new() { Value = agents }, new() { Value = next }, new() { Value = now } },
        });
        PostgreSqlEventLog.AddTo(batch, expired.ConvertAll(session => session.ToEvent(now)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
