using NpgsqlTypes;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

internal sealed class InsertSessions : PostgreSqlRows
{
    private readonly SessionColumns _columns;
    private readonly List<Guid> _agents;
    private readonly List<string> _topics;
    private readonly List<DateTimeOffset> _created;

    public InsertSessions()
        : base(
            """
            INSERT INTO sessions (
                id, last_updated, last_updated_second, ttl_minutes, expires_at, expiry_check_at, current_status, last_message, started_at,
                ended_at, report_count, agent_id, topic, created)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """)
    {
        _columns = new SessionColumns(this);
        _agents = Column<Guid>(NpgsqlDbType.Uuid);
        _topics = Column<string>(NpgsqlDbType.Text);
        _created = Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    }

    public void Add(Session session)
    {
        _columns.Add(session);
        _agents.Add(session.AgentId);
        _topics.Add(session.Topic);
        _created.Add(session.Created);
        Count++;
    }
}

internal sealed class UpdateSessions : PostgreSqlRows
{
    private readonly SessionColumns _columns;

    // Whoever looked for expired sessions may have moved the check on meanwhile, which says nothing against what was read before.
    public UpdateSessions()
        : base(
            """
            UPDATE sessions SET
                last_updated = changed.last_updated,
                last_updated_second = changed.last_updated_second,
                ttl_minutes = changed.ttl_minutes,
                expires_at = changed.expires_at,
                expired_at = NULL,
                expiry_check_at = CASE WHEN sessions.expired_at IS NULL
                    THEN least(sessions.expiry_check_at, changed.expires_at) ELSE changed.expires_at END,
                current_status = changed.current_status,
                last_message = changed.last_message,
                started_at = changed.started_at,
                ended_at = changed.ended_at,
                report_count = changed.report_count
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS changed (
                id, last_updated, last_updated_second, ttl_minutes, expires_at, expiry_check_at, current_status, last_message, started_at,
                ended_at, report_count)
            WHERE sessions.id = changed.id
            """) => _columns = new SessionColumns(this);

    public void Add(Session session)
    {
        _columns.Add(session);
        Count++;
    }
}

/// <summary>What changes of a session, as the first eleven parameters of a statement.</summary>
internal sealed class SessionColumns(PostgreSqlRows rows)
{
    private readonly List<Guid> _ids = rows.Column<Guid>(NpgsqlDbType.Uuid);
    private readonly List<DateTimeOffset> _lastUpdated = rows.Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    private readonly List<DateTimeOffset> _lastUpdatedSecond = rows.Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    private readonly List<int> _ttlMinutes = rows.Column<int>(NpgsqlDbType.Integer);
    private readonly List<DateTimeOffset> _expiresAt = rows.Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    private readonly List<DateTimeOffset> _expiryCheckAt = rows.Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    private readonly List<string> _statuses = rows.Column<string>(NpgsqlDbType.Text);
    private readonly List<string?> _messages = rows.Column<string?>(NpgsqlDbType.Text);
    private readonly List<DateTimeOffset?> _startedAt = rows.Column<DateTimeOffset?>(NpgsqlDbType.TimestampTz);
    private readonly List<DateTimeOffset?> _endedAt = rows.Column<DateTimeOffset?>(NpgsqlDbType.TimestampTz);
    private readonly List<long> _reportCounts = rows.Column<long>(NpgsqlDbType.Bigint);

    public void Add(Session session)
    {
        _ids.Add(session.Id);
        _lastUpdated.Add(session.LastUpdated);
        _lastUpdatedSecond.Add(session.LastUpdatedSecond);
        _ttlMinutes.Add(session.TtlMinutes);
        _expiresAt.Add(session.ExpiresAt);
        _expiryCheckAt.Add(session.ExpiryCheckAt);
        _statuses.Add(EnumWords<SessionStatus>.ToWord(session.CurrentStatus));
        _messages.Add(session.LastMessage);
        _startedAt.Add(session.StartedAt);
        _endedAt.Add(session.EndedAt);
        _reportCounts.Add(session.ReportCount);
    }
}

internal sealed class InsertReports : PostgreSqlRows
{
    private readonly List<Guid> _ids;
    private readonly List<Guid> _agents;
    private readonly List<Guid> _sessions;
    private readonly List<long> _sequences;
    private readonly List<string> _statuses;
    private readonly List<DateTimeOffset> _receivedAt;
    private readonly List<DateTimeOffset?> _reportedAt;
    private readonly List<string?> _messages;
    private readonly List<string?> _contents;
    private readonly List<string?> _eventIds;

    public InsertReports()
        : base(
            """
            INSERT INTO status_reports (id, agent_id, session_id, sequence, status, received_at, reported_at, message, content, event_id)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """)
    {
        _ids = Column<Guid>(NpgsqlDbType.Uuid);
        _agents = Column<Guid>(NpgsqlDbType.Uuid);
        _sessions = Column<Guid>(NpgsqlDbType.Uuid);
        _sequences = Column<long>(NpgsqlDbType.Bigint);
        _statuses = Column<string>(NpgsqlDbType.Text);
        _receivedAt = Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _reportedAt = Column<DateTimeOffset?>(NpgsqlDbType.TimestampTz);
        _messages = Column<string?>(NpgsqlDbType.Text);
        _contents = Column<string?>(NpgsqlDbType.Text);
        _eventIds = Column<string?>(NpgsqlDbType.Text);
    }

    public void Add(StatusReport report)
    {
        _ids.Add(report.Id);
        _agents.Add(report.AgentId);
        _sessions.Add(report.SessionId);
        _sequences.Add(report.Sequence);
        _statuses.Add(EnumWords<SessionStatus>.ToWord(report.Status));
        _receivedAt.Add(report.ReceivedAt);
        _reportedAt.Add(report.ReportedAt);
        _messages.Add(report.Message);
        _contents.Add(report.Content);
        _eventIds.Add(report.EventId);
        Count++;
    }
}
