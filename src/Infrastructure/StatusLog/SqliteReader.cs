using Microsoft.Data.Sqlite;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>Reads what a batch needs to know and the book doesn't, inside the batch's transaction.</summary>
internal sealed class SqliteReader(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _version = new(connection, "PRAGMA data_version", parameters: 0);

    private readonly SqliteStatement _agent = new(
        connection,
        """
        SELECT agent.id, agent.kind, agent.stack_id, agent.name, agent.source, activity.last_seen, activity.last_activity_at,
            activity.session_count, activity.active_session_count, activity.latest_status, activity.latest_message, activity.version
        FROM agents AS agent JOIN agent_activity AS activity ON activity.agent_id = agent.id
        WHERE agent.owner_id = $1 AND agent.key = $2
        """,
        parameters: 2);

    private readonly SqliteStatement _session = new(
        connection,
        """
        SELECT id, created, last_updated, ttl_minutes, expires_at, expired_at, expiry_check_at, current_status, last_message, started_at,
            ended_at, report_count
        FROM sessions WHERE agent_id = $1 AND topic = $2
        """,
        parameters: 2);

    private readonly SqliteStatement _event = new(connection, "SELECT 1 FROM status_reports WHERE agent_id = $1 AND event_id = $2", parameters: 2);

    private readonly SqliteStatement _earlier = new(
        connection, "SELECT 1 FROM status_reports WHERE session_id = $1 AND sequence = $2 AND id = $3", parameters: 3);

    // Counted up to the bound only, whatever an account has.
    private readonly SqliteStatement _reportedAgents = new(
        connection, "SELECT count(*) FROM (SELECT 1 FROM agents WHERE owner_id = $1 AND kind = 'reported' LIMIT $2)", parameters: 2);

    private long _seen = -1;
    private long _present;

    /// <summary>Brings the book up to date. True when an earlier attempt has committed the batch after all.</summary>
    public bool Read(ReportBatch batch, StatusBook book)
    {
        if (batch.Attempted is { } report && Exists(_earlier, report.SessionId, report.Sequence, report.Id))
            return true;

        // Differs only when another connection has written. What, nobody knows: it may have been agents that this batch isn't about too.
        _present = DataVersion();
        if (_present != _seen)
            book.Clear();
        if (!book.Covers(batch.Entries))
        {
            foreach (var (ownerId, key) in batch.AgentKeys())
                ReadAgent(ownerId, key, book);
            foreach (var (ownerId, key, topic) in batch.SessionKeys())
                ReadSession(book.Find(ownerId, key), topic, book);
        }

        foreach (var (ownerId, key, eventId) in batch.EventKeys())
        {
            if (book.Find(ownerId, key) is { } agent && Exists(_event, agent.Id, eventId))
                batch.AddKnownEvent(agent.Id, eventId);
        }

        return false;
    }

    /// <summary>Tells the batch how many agents that registered themselves the accounts have to which it would add some.</summary>
    public void CountAgents(ReportBatch batch, StatusBook book, int most)
    {
        foreach (var ownerId in batch.OwnersOfNewAgents(book))
        {
            using var row = _reportedAgents.Read(ownerId, most);
            if (row.Read())
                batch.Bound(ownerId, row.GetInt32(0), most);
        }
    }

    /// <summary>
    /// The transaction of <see cref="Read"/> is committed: what the book says is in the database, as it was then. Another process may have
    /// written since, and its own commits don't change the version that a connection sees.
    /// </summary>
    public void NoteCommit() => _seen = _present;

    public void Dispose()
    {
        foreach (var statement in new[] { _version, _agent, _session, _event, _earlier, _reportedAgents })
            statement.Dispose();
    }

    private void ReadAgent(Guid ownerId, string key, StatusBook book)
    {
        using var row = _agent.Read(ownerId, key);
        if (!row.Read())
        {
            book.Remove(ownerId, key);
            return;
        }

        var id = row.GetGuid(0);
        book.Refresh(new TrackedAgent
        {
            Id = id,
            OwnerId = ownerId,
            Key = key,
            Kind = EnumWords<AgentKind>.ToValue(row.GetString(1)),
            StackId = row.IsDBNull(2) ? null : row.GetGuid(2),
            Names = new AgentNames(row.GetString(3), Text(row, 4)),
            Activity = AgentActivity.Restore(
                id,
                ownerId,
                Moment(row, 5),
                SqliteMoments.ToMoment(row.GetInt64(6)),
                row.GetInt32(7),
                row.GetInt32(8),
                Text(row, 9) is { } status ? EnumWords<SessionState>.ToValue(status) : null,
                Text(row, 10),
                row.GetInt64(11)),
        });
    }

    private void ReadSession(TrackedAgent? agent, string topic, StatusBook book)
    {
        if (agent is null || agent.Sessions.ContainsKey(topic))
            return;

        using var row = _session.Read(agent.Id, topic);
        if (!row.Read())
            return;

        book.Add(new TrackedSession(agent, Session.Restore(new SessionSnapshot
        {
            AgentId = agent.Id,
            Id = row.GetGuid(0),
            Topic = topic,
            Created = SqliteMoments.ToMoment(row.GetInt64(1)),
            LastUpdated = SqliteMoments.ToMoment(row.GetInt64(2)),
            TtlMinutes = row.GetInt32(3),
            ExpiresAt = SqliteMoments.ToMoment(row.GetInt64(4)),
            ExpiredAt = Moment(row, 5),
            ExpiryCheckAt = SqliteMoments.ToMoment(row.GetInt64(6)),
            CurrentStatus = EnumWords<SessionStatus>.ToValue(row.GetString(7)),
            LastMessage = Text(row, 8),
            StartedAt = Moment(row, 9),
            EndedAt = Moment(row, 10),
            ReportCount = row.GetInt64(11),
        })));
    }

    private long DataVersion()
    {
        using var row = _version.Read();
        return row.Read() ? row.GetInt64(0) : -1;
    }

    private static bool Exists(SqliteStatement statement, params ReadOnlySpan<object?> values)
    {
        using var row = statement.Read(values);
        return row.Read();
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Moment(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : SqliteMoments.ToMoment(row.GetInt64(column));
}
