using Npgsql;
using NpgsqlTypes;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>Begins a transaction, locks the agents of a batch and reads what the batch needs to know, all in one trip.</summary>
internal sealed class PostgreSqlReader
{
    private const string Agents =
        """
        SELECT agent.id, agent.owner_id, agent.key, agent.kind, agent.stack_id, agent.name, agent.source, activity.last_seen,
            activity.last_activity_at, activity.session_count, activity.active_session_count, activity.latest_status, activity.latest_message,
            activity.version
        FROM unnest($1, $2) AS wanted (owner_id, key)
            JOIN agents AS agent ON agent.owner_id = wanted.owner_id AND agent.key = wanted.key
            JOIN agent_activity AS activity ON activity.agent_id = agent.id
        ORDER BY activity.agent_id
        FOR NO KEY UPDATE OF activity
        """;

    // In the transaction of the lock above, but as of the moment after it.
    private const string Sessions =
        """
        SELECT session.agent_id, session.id, session.topic, session.created, session.last_updated, session.ttl_minutes, session.expires_at,
            session.expired_at, session.expiry_check_at, session.current_status, session.last_message, session.started_at, session.ended_at,
            session.report_count
        FROM unnest($1, $2, $3) AS wanted (owner_id, key, topic)
            JOIN agents AS agent ON agent.owner_id = wanted.owner_id AND agent.key = wanted.key
            JOIN sessions AS session ON session.agent_id = agent.id AND session.topic = wanted.topic
        """;

    private const string Events =
        """
        SELECT report.agent_id, report.event_id
        FROM unnest($1, $2, $3) AS wanted (owner_id, key, event_id)
            JOIN agents AS agent ON agent.owner_id = wanted.owner_id AND agent.key = wanted.key
            JOIN status_reports AS report ON report.agent_id = agent.id AND report.event_id = wanted.event_id
        """;

    private const string Earlier = "SELECT 1 FROM status_reports WHERE session_id = $1 AND sequence = $2 AND id = $3";

    // Counted up to the bound only, whatever an account has.
    private const string ReportedAgents =
        """
        SELECT wanted.owner_id, (SELECT count(*) FROM (SELECT 1 FROM agents WHERE owner_id = wanted.owner_id AND kind = 'reported' LIMIT $2) AS agent)
        FROM unnest($1) AS wanted (owner_id)
        """;

    /// <summary>Puts what it finds into the book. True when an earlier attempt has committed the batch after all.</summary>
    public async Task<bool> ReadAsync(NpgsqlConnection connection, ReportBatch batch, StatusBook book, CancellationToken cancellationToken)
    {
        await using var read = new NpgsqlBatch(connection);
        read.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));

        var keys = batch.AgentKeys().ToList();
        read.BatchCommands.Add(Command(Agents, keys.ConvertAll(key => key.OwnerId), keys.ConvertAll(key => key.Key)));

        var topics = batch.SessionKeys().Distinct().ToList();
        read.BatchCommands.Add(Command(
            Sessions, topics.ConvertAll(topic => topic.OwnerId), topics.ConvertAll(topic => topic.Key), topics.ConvertAll(topic => topic.Topic)));

        var events = batch.EventKeys().Distinct().ToList();
        if (events.Count > 0)
        {
            read.BatchCommands.Add(Command(
                Events, events.ConvertAll(name => name.OwnerId), events.ConvertAll(name => name.Key), events.ConvertAll(name => name.EventId)));
        }

        if (batch.Attempted is { } report)
        {
            read.BatchCommands.Add(new NpgsqlBatchCommand(Earlier)
            {
                Parameters = { new() { Value = report.SessionId }, new() { Value = report.Sequence }, new() { Value = report.Id } },
            });
        }

        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        var agents = await ReadAgentsAsync(reader, book, cancellationToken);
        foreach (var (ownerId, key) in keys.Except(agents.Values.Select(agent => (agent.OwnerId, agent.Key))))
            book.Remove(ownerId, key);
        await reader.NextResultAsync(cancellationToken);
        await ReadSessionsAsync(reader, agents, book, cancellationToken);
        if (events.Count > 0)
        {
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                batch.AddKnownEvent(reader.GetGuid(0), reader.GetString(1));
        }

        return batch.Attempted is not null && await reader.NextResultAsync(cancellationToken) && await reader.ReadAsync(cancellationToken);
    }

    /// <summary>Tells the batch how many agents that registered themselves its owners have.</summary>
    public static async Task CountAgentsAsync(
        NpgsqlConnection connection, ReportBatch batch, List<Guid> owners, int most, CancellationToken cancellationToken)
    {
        await using var count = new NpgsqlCommand(ReportedAgents, connection)
        {
            Parameters = { new NpgsqlParameter<List<Guid>> { TypedValue = owners, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid }, new NpgsqlParameter<int> { TypedValue = most } },
        };
        await using var reader = await count.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            batch.Bound(reader.GetGuid(0), (int)reader.GetInt64(1), most);
    }

    private static async Task<Dictionary<Guid, TrackedAgent>> ReadAgentsAsync(NpgsqlDataReader reader, StatusBook book, CancellationToken cancellationToken)
    {
        var agents = new Dictionary<Guid, TrackedAgent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (id, ownerId) = (reader.GetGuid(0), reader.GetGuid(1));
            agents.Add(id, book.Refresh(new TrackedAgent
            {
                Id = id,
                OwnerId = ownerId,
                Key = reader.GetString(2),
                Kind = EnumWords<AgentKind>.ToValue(reader.GetString(3)),
                StackId = Value<Guid>(reader, 4),
                Names = new AgentNames(reader.GetString(5), Text(reader, 6)),
                Activity = AgentActivity.Restore(
                    id,
                    ownerId,
                    Value<DateTimeOffset>(reader, 7),
                    reader.GetFieldValue<DateTimeOffset>(8),
                    reader.GetInt32(9),
                    reader.GetInt32(10),
                    Text(reader, 11) is { } status ? EnumWords<SessionState>.ToValue(status) : null,
                    Text(reader, 12),
                    reader.GetInt64(13)),
            }));
        }

        return agents;
    }

    private static async Task ReadSessionsAsync(
        NpgsqlDataReader reader, Dictionary<Guid, TrackedAgent> agents, StatusBook book, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            var agentId = reader.GetGuid(0);
            var topic = reader.GetString(2);
            if (!agents.TryGetValue(agentId, out var agent) || agent.Sessions.ContainsKey(topic))
                continue;

            book.Add(new TrackedSession(agent, Session.Restore(new SessionSnapshot
            {
                AgentId = agentId,
                Id = reader.GetGuid(1),
                Topic = topic,
                Created = reader.GetFieldValue<DateTimeOffset>(3),
                LastUpdated = reader.GetFieldValue<DateTimeOffset>(4),
                TtlMinutes = reader.GetInt32(5),
                ExpiresAt = reader.GetFieldValue<DateTimeOffset>(6),
                ExpiredAt = Value<DateTimeOffset>(reader, 7),
                ExpiryCheckAt = reader.GetFieldValue<DateTimeOffset>(8),
                CurrentStatus = EnumWords<SessionStatus>.ToValue(reader.GetString(9)),
                LastMessage = Text(reader, 10),
                StartedAt = Value<DateTimeOffset>(reader, 11),
                EndedAt = Value<DateTimeOffset>(reader, 12),
                ReportCount = reader.GetInt64(13),
            })));
        }
    }

    private static NpgsqlBatchCommand Command(string sql, List<Guid> owners, params List<string>[] texts)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<List<Guid>> { TypedValue = owners, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        foreach (var values in texts)
            command.Parameters.Add(new NpgsqlParameter<List<string>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        return command;
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static T? Value<T>(NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
}
