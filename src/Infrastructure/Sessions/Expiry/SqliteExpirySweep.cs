using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

namespace StackAgent.Infrastructure.Sessions.Expiry;

/// <summary>SQLite has one writer at a time, so a transaction holds every agent from its start, and nobody is ever in the way.</summary>
internal sealed class SqliteExpirySweep(IServiceScopeFactory scopes, WriteGate gate) : IExpirySweep
{
    private const string Record =
        """
        UPDATE sessions SET
            expired_at = CASE WHEN expires_at <= $1 THEN expires_at END,
            expiry_check_at = expires_at
        WHERE rowid IN (SELECT rowid FROM sessions WHERE expired_at IS NULL AND expiry_check_at <= $1 ORDER BY expiry_check_at LIMIT $2)
        RETURNING id, topic, current_status, expired_at, agent_id
        """;

    private const string FindAgent = "SELECT id, owner_id, key, name, kind, stack_id FROM agents WHERE id = $1";

    private const string CountDown =
        "UPDATE agent_activity SET active_session_count = active_session_count - $2, version = version + 1 WHERE agent_id = $1";

    private const string ShowLatest = $"UPDATE agent_activity AS activity SET {ActivitySql.Latest} WHERE agent_id = $1";

    /// <summary>The agent of the session that the next batch begins with.</summary>
    private const string NextAgent =
        "SELECT agent_id FROM sessions WHERE expired_at IS NULL AND expiry_check_at <= $1 AND expires_at <= $1 ORDER BY expiry_check_at LIMIT 1";

    public async Task<SweptBatch> SweepFreeAsync(DateTimeOffset now, IReadOnlyCollection<Guid> except, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Database;
        using (await gate.EnterAsync(cancellationToken))
        {
            await database.OpenConnectionAsync(cancellationToken);
            return Sweep((SqliteConnection)database.GetDbConnection(), now);
        }
    }

    public Task<SweptBatch> SweepHeldAsync(DateTimeOffset now, IReadOnlyCollection<Guid> agents, CancellationToken cancellationToken) =>
        Task.FromResult(SweptBatch.Nothing);

    private static SweptBatch Sweep(SqliteConnection connection, DateTimeOffset now)
    {
        using var transaction = connection.BeginTransaction();
        var (due, expired) = RecordExpired(connection, now);
        var hasMore = due == IExpirySweep.BatchSize;
        CountDownAgents(connection, expired, hasMore ? FindNextAgent(connection, now) : null);
        SqliteEventLog.Append(connection, transaction, expired.ConvertAll(session => session.ToEvent(now)));
        transaction.Commit();
        return new SweptBatch(expired.Count, Held: [], hasMore);
    }

    /// <summary>
    /// The agent whose next session has expired too gets its latest status from a later batch: where it has very many sessions, it is looked up
    /// once and not for each batch of them.
    /// </summary>
    private static void CountDownAgents(SqliteConnection connection, List<ExpiredSession> expired, Guid? nextAgent)
    {
        using var countDown = new SqliteStatement(connection, CountDown, parameters: 2);
        using var showLatest = new SqliteStatement(connection, ShowLatest, parameters: 1);
        foreach (var (agent, ended) in expired.CountBy(session => session.Agent.Id))
        {
            countDown.Execute(agent, ended);
            if (agent != nextAgent)
                showLatest.Execute(agent);
        }
    }

    private static Guid? FindNextAgent(SqliteConnection connection, DateTimeOffset now)
    {
        using var next = new SqliteStatement(connection, NextAgent, parameters: 1);
        using var reader = next.Read(SqliteMoments.ToMicroseconds(now));
        return reader.Read() ? reader.GetGuid(0) : null;
    }

    private static (int Due, List<ExpiredSession> Expired) RecordExpired(SqliteConnection connection, DateTimeOffset now)
    {
        var due = 0;
        var rows = new List<(SessionSubject Session, string LastStatus, long ExpiredAt, Guid AgentId)>();
        using (var record = new SqliteStatement(connection, Record, parameters: 2))
        using (var reader = record.Read(SqliteMoments.ToMicroseconds(now), IExpirySweep.BatchSize))
        {
            for (; reader.Read(); due++)
            {
                // Where there is none, a report came in time; it is looked at again when that one's patience ends.
                if (!reader.IsDBNull(3))
                    rows.Add((new SessionSubject(reader.GetGuid(0), reader.GetString(1)), reader.GetString(2), reader.GetInt64(3), reader.GetGuid(4)));
            }
        }

        using var findAgent = new SqliteStatement(connection, FindAgent, parameters: 1);
        var agents = rows.Select(row => row.AgentId).Distinct().ToDictionary(id => id, id => ReadAgent(findAgent, id));
        return (due, rows.ConvertAll(row => new ExpiredSession(
            row.Session, EnumWords<SessionStatus>.ToValue(row.LastStatus), SqliteMoments.ToMoment(row.ExpiredAt), agents[row.AgentId])));
    }

    private static AgentSubject ReadAgent(SqliteStatement findAgent, Guid id)
    {
        using var reader = findAgent.Read(id);
        reader.Read();
        return new AgentSubject(
            reader.GetGuid(0),
            reader.GetGuid(1),
            reader.GetString(2),
            reader.GetString(3),
            EnumWords<AgentKind>.ToValue(reader.GetString(4)),
            reader.IsDBNull(5) ? null : reader.GetGuid(5));
    }
}
