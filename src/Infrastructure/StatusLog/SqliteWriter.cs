using Microsoft.Data.Sqlite;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// Writes what a batch changes, with a fixed number of prepared statements. Each is run once a row: in a library in the same process that is
/// cheaper than packing the rows into one value and taking them apart again.
/// </summary>
internal sealed class SqliteWriter(SqliteConnection connection) : IDisposable
{
    // Statements and not a transaction object, which every command would have to be given anew.
    private readonly SqliteStatement _begin = new(connection, "BEGIN IMMEDIATE", parameters: 0);
    private readonly SqliteStatement _commit = new(connection, "COMMIT", parameters: 0);

    private readonly SqliteStatement _insertAgent = new(
        connection,
        """
        INSERT INTO agents (id, owner_id, key, kind, name, source, status, revision, created_at, created_by_id, updated_at, updated_by_id)
        VALUES ($1, $2, $3, 'reported', $4, $5, 'external', 0, $6, $2, $6, $2)
        """,
        parameters: 6);

    private readonly SqliteStatement _renameAgent = new(
        connection,
        "UPDATE agents SET name = CASE kind WHEN 'deployed' THEN name ELSE $2 END, source = $3 WHERE id = $1",
        parameters: 3);

    private readonly SqliteStatement _writeActivity = new(
        connection,
        """
        INSERT INTO agent_activity (
            agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count, latest_status,
            latest_message, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (agent_id) DO UPDATE SET
            last_seen = $3, last_activity_at = $4, last_activity_second = $5, session_count = $6, active_session_count = $7,
            latest_status = $8, latest_message = $9, version = $10
        """,
        parameters: 10);

    private readonly SqliteStatement _insertSession = new(
        connection,
        """
        INSERT INTO sessions (
            id, last_updated, last_updated_second, ttl_minutes, expires_at, expiry_check_at, current_status, last_message, started_at,
            ended_at, report_count, agent_id, topic, created)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """,
        parameters: 14);

    private readonly SqliteStatement _updateSession = new(
        connection,
        """
        UPDATE sessions SET
            last_updated = $2, last_updated_second = $3, ttl_minutes = $4, expires_at = $5, expired_at = NULL,
            expiry_check_at = CASE WHEN expired_at IS NULL THEN min(expiry_check_at, $6) ELSE $6 END,
            current_status = $7, last_message = $8, started_at = $9, ended_at = $10, report_count = $11
        WHERE id = $1
        """,
        parameters: 11);

    private readonly SqliteStatement _insertReport = new(
        connection,
        """
        INSERT INTO status_reports (id, agent_id, session_id, sequence, status, received_at, reported_at, message, content, event_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        parameters: 10);

    /// <summary>Takes the write lock at once, since what is read decides what is written. Closing the connection rolls back.</summary>
    public void Begin() => _begin.Execute();

    public void Commit() => _commit.Execute();

    public void Write(ReportBatch batch)
    {
        foreach (var (agent, at) in batch.NewAgents)
        {
            _insertAgent.Execute(agent.Id, agent.OwnerId, agent.Key, agent.Names.Name, agent.Names.Source, SqliteMoments.ToMicroseconds(at));
            Write(agent.Activity);
        }

        foreach (var agent in batch.ChangedAgents)
        {
            Write(agent.Activity);
            if (agent.IsRenamed)
                _renameAgent.Execute(agent.Id, agent.Names.Name, agent.Names.Source);
        }

        foreach (var tracked in batch.NewSessions)
            Insert(tracked.Session);
        foreach (var tracked in batch.ChangedSessions)
            Update(tracked.Session);
        foreach (var report in batch.Reports)
            Insert(report);
        SqliteEventLog.Append(connection, transaction: null, batch.Events);
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _begin, _commit, _insertAgent, _renameAgent, _writeActivity, _insertSession, _updateSession, _insertReport })
            statement.Dispose();
    }

    private void Write(AgentActivity activity) => _writeActivity.Execute(
        activity.AgentId,
        activity.OwnerId,
        Microseconds(activity.LastSeen),
        SqliteMoments.ToMicroseconds(activity.LastActivityAt),
        SqliteMoments.ToMicroseconds(activity.LastActivitySecond),
        activity.SessionCount,
        activity.ActiveSessionCount,
        activity.LatestStatus is { } status ? EnumWords<SessionState>.ToWord(status) : null,
        activity.LatestMessage,
        activity.Version);

    private void Insert(Session session) => _insertSession.Execute(
        session.Id,
        SqliteMoments.ToMicroseconds(session.LastUpdated),
        SqliteMoments.ToMicroseconds(session.LastUpdatedSecond),
        session.TtlMinutes,
        SqliteMoments.ToMicroseconds(session.ExpiresAt),
        SqliteMoments.ToMicroseconds(session.ExpiryCheckAt),
        EnumWords<SessionStatus>.ToWord(session.CurrentStatus),
        session.LastMessage,
        Microseconds(session.StartedAt),
        Microseconds(session.EndedAt),
        session.ReportCount,
        session.AgentId,
        session.Topic,
        SqliteMoments.ToMicroseconds(session.Created));

    private void Update(Session session) => _updateSession.Execute(
        session.Id,
        SqliteMoments.ToMicroseconds(session.LastUpdated),
        SqliteMoments.ToMicroseconds(session.LastUpdatedSecond),
        session.TtlMinutes,
        SqliteMoments.ToMicroseconds(session.ExpiresAt),
        SqliteMoments.ToMicroseconds(session.ExpiresAt),
        EnumWords<SessionStatus>.ToWord(session.CurrentStatus),
        session.LastMessage,
        Microseconds(session.StartedAt),
        Microseconds(session.EndedAt),
        session.ReportCount);

    private void Insert(StatusReport report) => _insertReport.Execute(
        report.Id,
        report.AgentId,
        report.SessionId,
        report.Sequence,
        EnumWords<SessionStatus>.ToWord(report.Status),
        SqliteMoments.ToMicroseconds(report.ReceivedAt),
        Microseconds(report.ReportedAt),
        report.Message,
        report.Content,
        report.EventId);

    private static object? Microseconds(DateTimeOffset? moment) => moment is { } value ? SqliteMoments.ToMicroseconds(value) : null;
}
