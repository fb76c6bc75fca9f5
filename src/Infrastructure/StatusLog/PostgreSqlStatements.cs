using NpgsqlTypes;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>The statements that write a batch of reports, in the order of their execution.</summary>
internal sealed class PostgreSqlStatements
{
    public UpdateActivity UpdateActivity { get; } = new();

    public InsertAgents InsertAgents { get; } = new();

    public InsertActivity InsertActivity { get; } = new();

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
            UpdateActivity.Add(agent.Activity, agent.VersionBefore);
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
            { UpdateActivity, InsertAgents, InsertActivity, RenameAgents, InsertSessions, UpdateSessions, InsertReports })
        {
            rows.Clear();
        }
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

internal sealed class InsertActivity : PostgreSqlRows
{
    private readonly ActivityColumns _columns;

    public InsertActivity()
        : base(
            """
            INSERT INTO agent_activity (
                agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count, latest_status,
                latest_message, version)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """) => _columns = new ActivityColumns(this);

    public void Add(AgentActivity activity)
    {
        _columns.Add(activity);
        Count++;
    }
}

/// <summary>
/// Changes the agents' activity in the order of their ids, which is that of their locks, and fails the transaction
/// (<c>division_by_zero</c>) unless every one of them was as it had been when it was read.
/// </summary>
internal sealed class UpdateActivity : PostgreSqlRows
{
    /// <summary>The SQLSTATE that says that something has changed.</summary>
    public const string ChangedState = "22012";

    private readonly ActivityColumns _columns;
    private readonly List<long> _versionsBefore;

    // The rows are found by their key for one id after the other (see the planner's settings), so the order of the ids is that of the locks.
    public UpdateActivity()
        : base(
            """
            WITH written AS (
                UPDATE agent_activity SET
                    last_seen = changed.last_seen,
                    last_activity_at = changed.last_activity_at,
                    last_activity_second = changed.last_activity_second,
                    session_count = changed.session_count,
                    active_session_count = changed.active_session_count,
                    latest_status = changed.latest_status,
                    latest_message = changed.latest_message,
                    version = changed.version
                FROM (
                    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS changed (
                        agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count,
                        latest_status, latest_message, version, version_before)
                    ORDER BY agent_id) AS changed
                WHERE agent_activity.agent_id = changed.agent_id AND agent_activity.version = changed.version_before
                RETURNING 1)
            SELECT 1 / (count(*) = cardinality($1))::int FROM written
            """)
    {
        _columns = new ActivityColumns(this);
        _versionsBefore = Column<long>(NpgsqlDbType.Bigint);
    }

    public void Add(AgentActivity activity, long versionBefore)
    {
        _columns.Add(activity);
        _versionsBefore.Add(versionBefore);
        Count++;
    }
}

/// <summary>An agent's activity, as the first ten parameters of a statement.</summary>
internal sealed class ActivityColumns(PostgreSqlRows rows)
{
    private readonly List<Guid> _ids = rows.Column<Guid>(NpgsqlDbType.Uuid);
    private readonly List<Guid> _owners = rows.Column<Guid>(NpgsqlDbType.Uuid);
    private readonly List<DateTimeOffset?> _lastSeen = rows.Column<DateTimeOffset?>(NpgsqlDbType.TimestampTz);
    private readonly List<DateTimeOffset> _lastActivityAt = rows.Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    private readonly List<DateTimeOffset> _lastActivitySecond = rows.Column<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    private readonly List<int> _sessionCounts = rows.Column<int>(NpgsqlDbType.Integer);
    private readonly List<int> _activeSessionCounts = rows.Column<int>(NpgsqlDbType.Integer);
    private readonly List<string?> _latestStatuses = rows.Column<string?>(NpgsqlDbType.Text);
    private readonly List<string?> _latestMessages = rows.Column<string?>(NpgsqlDbType.Text);
    private readonly List<long> _versions = rows.Column<long>(NpgsqlDbType.Bigint);

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
    }
}
