using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Events;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Sessions.Expiry;

/// <summary>SQLite has one writer at a time, so a transaction holds every agent from its start, and nobody is ever in the way.</summary>
internal sealed class SqliteExpirySweep(IServiceScopeFactory scopes, WriteGate gate) : IExpirySweep
{
    private const string Record =
        """
        UPDATE sessions SET
            expired_at = CASE WHEN expires_at <= $now THEN expires_at END,
            expiry_check_at = expires_at
        WHERE rowid IN (SELECT rowid FROM sessions WHERE expired_at IS NULL AND expiry_check_at <= $now ORDER BY expiry_check_at LIMIT $limit)
        RETURNING id, topic, current_status, expired_at, agent_id
        """;

    private const string Agent = "SELECT id, owner_id, key, name, kind, stack_id FROM agents WHERE id = $agent";

    private static readonly string CountDown =
        $"UPDATE agent_activity AS activity SET {ActivitySql.Set(removed: "0", ended: "$ended")} WHERE agent_id = $agent";

    public async Task<SweptBatch> SweepFreeAsync(DateTimeOffset now, IReadOnlyCollection<Guid> except, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Database;
        using (await gate.EnterAsync(cancellationToken))
        {
            await database.OpenConnectionAsync(cancellationToken);
            var connection = (SqliteConnection)database.GetDbConnection();
            await using var transaction = (SqliteTransaction)await connection.BeginTransactionAsync(cancellationToken);
            var (due, expired) = await RecordAsync(connection, transaction, now, cancellationToken);
            foreach (var (agent, ended) in expired.CountBy(session => session.Agent.Id))
            {
                await using var countDown = Command(connection, transaction, CountDown, ("$agent", agent), ("$ended", ended));
                await countDown.ExecuteNonQueryAsync(cancellationToken);
            }

            SqliteEventLog.Append(connection, transaction, expired.ConvertAll(session => session.ToEvent(now)));
            await transaction.CommitAsync(CancellationToken.None);
            return new SweptBatch(due, expired.Count, Held: []);
        }
    }

    public Task<SweptBatch> SweepHeldAsync(DateTimeOffset now, IReadOnlyCollection<Guid> agents, CancellationToken cancellationToken) =>
        Task.FromResult(SweptBatch.Nothing);

    private static async Task<(int Due, List<ExpiredSession> Expired)> RecordAsync(
        SqliteConnection connection, SqliteTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = 0;
        var sessions = new List<(SessionSubject Session, string LastStatus, long ExpiredAt, Guid AgentId)>();
        await using (var record = Command(connection, transaction, Record, ("$now", UnixMicrosecondsConverter.ToMicroseconds(now)), ("$limit", IExpirySweep.BatchSize)))
        await using (var reader = await record.ExecuteReaderAsync(cancellationToken))
        {
            for (; await reader.ReadAsync(cancellationToken); due++)
            {
                // Where there is none, a report came in time; it is looked at again when that one's patience ends.
                if (!await reader.IsDBNullAsync(3, cancellationToken))
                    sessions.Add((new SessionSubject(reader.GetGuid(0), reader.GetString(1)), reader.GetString(2), reader.GetInt64(3), reader.GetGuid(4)));
            }
        }

        var agents = new Dictionary<Guid, AgentSubject>();
        foreach (var agentId in sessions.Select(session => session.AgentId).Distinct())
            agents.Add(agentId, await FindAgentAsync(connection, transaction, agentId, cancellationToken));
        return (due, sessions.ConvertAll(found =>
            new ExpiredSession(found.Session, Words.StatusOf(found.LastStatus), UnixMicrosecondsConverter.ToMoment(found.ExpiredAt), agents[found.AgentId])));
    }

    private static async Task<AgentSubject> FindAgentAsync(
        SqliteConnection connection, SqliteTransaction transaction, Guid agentId, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, transaction, Agent, ("$agent", agentId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new AgentSubject(
            reader.GetGuid(0),
            reader.GetGuid(1),
            reader.GetString(2),
            reader.GetString(3),
            Words.KindOf(reader.GetString(4)),
            await reader.IsDBNullAsync(5, cancellationToken) ? null : reader.GetGuid(5));
    }

    private static SqliteCommand Command(
        SqliteConnection connection, SqliteTransaction transaction, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }
}
