using NpgsqlTypes;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>The statements that write a batch of reports, in the order of their execution.</summary>
internal sealed class PostgreSqlStatements
{
    public ExpectAgents ExpectAgents { get; } = new();

    public InsertAgents InsertAgents { get; } = new();

    public WriteActivity InsertActivity { get; } = WriteActivity.OfNewAgents();

    public WriteActivity UpdateActivity { get; } = WriteActivity.OfKnownAgents();

    public RenameAgents RenameAgents { get; } = new();

    public InsertSessions InsertSessions { get; } = new();

    public UpdateSessions UpdateSessions { get; } = new();

    public InsertReports InsertReports { get; } = new();

    /// <summary>Fills the statements with what the batch changes.</summary>
    public void Fill(ReportBatch batch)
    {
        Clear();
        foreach (var (agent, at) in batch.NewAgents)
        {
            InsertAgents.Add(agent, at);
            InsertActivity.Add(agent.Activity);
        }

        foreach (var agent in batch.ChangedAgents)
        {
            ExpectAgents.Add(agent.Id, agent.VersionBefore);
            UpdateActivity.Add(agent.Activity);
            if (agent.IsRenamed)
                RenameAgents.Add(agent);
        }

        foreach (var session in batch.NewSessions)
            InsertSessions.Add(session.Session);
        foreach (var session in batch.ChangedSessions)
            UpdateSessions.Add(session.Session);
        foreach (var report in batch.Reports)
            InsertReports.Add(report);
    }

    private void Clear()
    {
        foreach (var rows in new PostgreSqlRows[]
            { ExpectAgents, InsertAgents, InsertActivity, UpdateActivity, RenameAgents, InsertSessions, UpdateSessions, InsertReports })
        {
            rows.Clear();
        }
    }
}

/// <summary>
/// Locks the agents' activity in the order of their ids, and fails the transaction (<c>division_by_zero</c>) unless every one of them is as
/// it was when it was read.
/// </summary>
internal sealed class ExpectAgents : PostgreSqlRows
{
    /// <summary>The SQLSTATE that says that something has changed.</summary>
    public const string ChangedState = "22012";

    private readonly List<Guid> _ids;
    private readonly List<long> _versions;

    public ExpectAgents()
        : base(
            """
            WITH expected AS (SELECT * FROM unnest($1, $2) AS expected (agent_id, version)),
            held AS (
                SELECT activity.agent_id
                FROM agent_activity AS activity JOIN expected ON expected.agent_id = activity.agent_id AND expected.version = activity.version
                ORDER BY activity.agent_id
                FOR NO KEY UPDATE OF activity)
            SELECT 1 / (count(*) = (SELECT count(*) FROM expected))::int FROM held
            """)
    {
        _ids = Column<Guid>(NpgsqlDbType.Uuid);
        _versions = Column<long>(NpgsqlDbType.Bigint);
    }

    public void Add(Guid agentId, long version)
    {
        _ids.Add(agentId);
        _versions.Add(version);
        Count++;
    }
}

internal sealed class InsertAgents : PostgreSqlRows
{
    private readonly List<Guid> _ids;
    private readonly List<Guid> _owners;
    private readonly List<string> _keys;
    private readonly List<string> _names;
    private readonly List<string?> _sources;
    private readonly List<DateTimeOffset> _moments;

    public InsertAgents()
        : base(
            """
            INSERT INTO agents (id, owner_id, key, kind, name, source, status, revision, created_at, created_by_id, updated_at, updated_by_id)
            SELECT id, owner_id, key, 'reported', name, source, 'external', 0, moment, owner_id, moment, owner_id
            FROM unnest($1, $2, $3, $4, $5, $6) AS agent (id, owner_id, key, name, source, moment)
            """)
    {
        _ids = Column<Guid>(NpgsqlDbType.Uuid);
        _owners = Column<Guid>(NpgsqlDbType.Uuid);
        _keys = Column<string>(NpgsqlDbType.Text);
        _names = Column<string>(NpgsqlDbType.Text);
        _sources = Column<string?>(NpgsqlDbType.Text);
        _moments = Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    }

    public void Add(TrackedAgent agent, DateTimeOffset at)
    {
        _ids.Add(agent.Id);
        _owners.Add(agent.OwnerId);
        _keys.Add(agent.Key);
        _names.Add(agent.Names.Name);
        _sources.Add(agent.Names.Source);
        _moments.Add(at);
        Count++;
    }
}

internal sealed class RenameAgents : PostgreSqlRows
{
    private readonly List<Guid> _ids;
    private readonly List<string> _names;
    private readonly List<string?> _sources;

    public RenameAgents()
        : base(
            """
            UPDATE agents SET name = CASE kind WHEN 'deployed' THEN agents.name ELSE changed.name END, source = changed.source
            FROM unnest($1, $2, $3) AS changed (id, name, source)
            WHERE agents.id = changed.id
            """)
    {
        _ids = Column<Guid>(NpgsqlDbType.Uuid);
        _names = Column<string>(NpgsqlDbType.Text);
        _sources = Column<string?>(NpgsqlDbType.Text);
    }

    public void Add(TrackedAgent agent)
    {
        _ids.Add(agent.Id);
        _names.Add(agent.Names.Name);
        _sources.Add(agent.Names.Source);
        Count++;
    }
}

internal sealed class WriteActivity : PostgreSqlRows
{
    private readonly List<Guid> _ids;
    private readonly List<Guid> _owners;
    private readonly List<DateTimeOffset?> _lastSeen;
    private readonly List<DateTimeOffset> _lastActivityAt;
    private readonly List<DateTimeOffset> _lastActivitySecond;
    private readonly List<int> _sessionCounts;
    private readonly List<int> _activeSessionCounts;
    private readonly List<string?> _latestStatuses;
    private readonly List<string?> _latestMessages;
    private readonly List<long> _versions;

    private WriteActivity(string sql)
        : base(sql)
    {
        _ids = Column<Guid>(NpgsqlDbType.Uuid);
        _owners = Column<Guid>(NpgsqlDbType.Uuid);
        _lastSeen = Column<DateTimeOffset?>(NpgsqlDbType.TimestampTz);
        _lastActivityAt = Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _lastActivitySecond = Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
        _sessionCounts = Column<int>(NpgsqlDbType.Integer);
        _activeSessionCounts = Column<int>(NpgsqlDbType.Integer);
        _latestStatuses = Column<string?>(NpgsqlDbType.Text);
        _latestMessages = Column<string?>(NpgsqlDbType.Text);
        _versions = Column<long>(NpgsqlDbType.Bigint);
    }

    public static WriteActivity OfNewAgents() => new(
        """
        INSERT INTO agent_activity (
            agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count, latest_status,
            latest_message, version)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """);

    public static WriteActivity OfKnownAgents() => new(
        """
        UPDATE agent_activity SET
            last_seen = changed.last_seen,
            last_activity_at = changed.last_activity_at,
            last_activity_second = changed.last_activity_second,
            session_count = changed.session_count,
            active_session_count = changed.active_session_count,
            latest_status = changed.latest_status,
            latest_message = changed.latest_message,
            version = changed.version
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS changed (
            agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count, latest_status,
            latest_message, version)
        WHERE agent_activity.agent_id = changed.agent_id
        """);

    public void Add(AgentActivity activity)
    {
        _ids.Add(activity.AgentId);
        _owners.Add(activity.OwnerId);
        _lastSeen.Add(activity.LastSeen);
        _lastActivityAt.Add(activity.LastActivityAt);
        _lastActivitySecond.Add(activity.LastActivitySecond);
        _sessionCounts.Add(activity.SessionCount);
        _activeSessionCounts.Add(activity.ActiveSessionCount);
        _latestStatuses.Add(activity.LatestStatus is { } status ? EnumWords<SessionState>.ToWord(status) : null);
        _latestMessages.Add(activity.LatestMessage);
        _versions.Add(activity.Version);
        Count++;
    }
}
