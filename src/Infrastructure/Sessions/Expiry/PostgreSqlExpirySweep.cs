using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

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

    private static readonly string CountDown =
        $"""
        UPDATE agent_activity AS activity SET {ActivitySql.Set(removed: "0", ended: "change.ended")}
        FROM unnest($1, $2) AS change (agent_id, ended)
        WHERE activity.agent_id = change.agent_id
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

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var wanted = due.Select(session => session.AgentId).Distinct().ToArray();
        var locked = await LockAsync(connection, wanted, waits, cancellationToken);
        var held = wanted.Except(locked).ToArray();
        if (locked.Count == 0)
            return new SweptBatch(due.Count, Expired: 0, held);

        var expired = await RecordAsync(connection, now, due.ConvertAll(session => session.Id), locked, cancellationToken);
        if (expired.Count > 0)
            await TellAsync(connection, expired, now, cancellationToken);

        // From here on the caller's patience no longer matters: a commit cut short would leave its outcome unknown.
        await transaction.CommitAsync(CancellationToken.None);
        return new SweptBatch(due.Count, expired.Count, held);
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
                new() { Value = IExpirySweep.BatchSize },
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
                StatusWords<SessionStatus>.ToValue(reader.GetString(2)),
                reader.GetFieldValue<DateTimeOffset>(3),
                new AgentSubject(
                    reader.GetGuid(4),
                    reader.GetGuid(5),
                    reader.GetString(6),
                    reader.GetString(7),
                    StatusWords<AgentKind>.ToValue(reader.GetString(8)),
                    await reader.IsDBNullAsync(9, cancellationToken) ? null : reader.GetGuid(9))));
        }

        return expired;
    }

    private static async Task TellAsync(NpgsqlConnection connection, List<ExpiredSession> expired, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ended = expired.CountBy(session => session.Agent.Id).ToList();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(CountDown)
        {
            Parameters =
            {
                new() { Value = ended.ConvertAll(agent => agent.Key) },
                new() { Value = ended.ConvertAll(agent => agent.Value) },
            },
        });
        PostgreSqlEventLog.AddTo(batch, expired.ConvertAll(session => session.ToEvent(now)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
