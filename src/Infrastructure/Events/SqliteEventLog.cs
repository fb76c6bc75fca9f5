using Microsoft.Data.Sqlite;
using StackAgent.Application.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Events;

/// <summary>Appends events on SQLite. Its transactions hold the only write lock, so ids grow in the order of the commits by themselves.</summary>
public static class SqliteEventLog
{
    private const string Insert =
        """
        INSERT INTO events (owner_id, type, at, stack_id, agent_id, agent_key, session_id, data)
        VALUES ($owner_id, $type, $at, $stack_id, $agent_id, $agent_key, $session_id, $data)
        """;

    /// <summary>Inserts the events with one prepared statement, in their order.</summary>
    public static void Append(SqliteConnection connection, SqliteTransaction? transaction, IReadOnlyList<EventRecord> events)
    {
        if (events.Count == 0)
            return;

        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = Insert;
        var ownerId = Add(command, "$owner_id");
        var type = Add(command, "$type");
        var at = Add(command, "$at");
        var stackId = Add(command, "$stack_id");
        var agentId = Add(command, "$agent_id");
        var agentKey = Add(command, "$agent_key");
        var sessionId = Add(command, "$session_id");
        var data = Add(command, "$data");
        foreach (var record in events)
        {
            ownerId.Value = record.OwnerId;
            type.Value = record.Type;
            at.Value = SqliteMoments.ToMicroseconds(record.At);
            stackId.Value = OrNull(record.StackId);
            agentId.Value = OrNull(record.AgentId);
            agentKey.Value = OrNull(record.AgentKey);
            sessionId.Value = OrNull(record.SessionId);
            data.Value = record.Data;
            command.ExecuteNonQuery();
        }
    }

    private static SqliteParameter Add(SqliteCommand command, string name) => command.Parameters.Add(new SqliteParameter { ParameterName = name });

    private static object OrNull(object? value) => value ?? DBNull.Value;
}
