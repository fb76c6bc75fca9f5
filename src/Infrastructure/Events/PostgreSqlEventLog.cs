using Npgsql;
using NpgsqlTypes;
using StackAgent.Application.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Events;

/// <summary>
/// Appends events on PostgreSQL so that their ids grow in the order of the commits. Nothing may follow in the transaction but its commit:
/// the lock that gives the order holds up every other writer of events.
/// </summary>
public static class PostgreSqlEventLog
{
    /// <summary>What <c>LISTEN</c> hears after each commit that brought events. Names no owner and carries nothing.</summary>
    public const string Channel = "stackagent_events";

    /// <summary>The key of the advisory lock; "sa events" in ASCII, so that nobody else chooses it by chance.</summary>
    private const long LockKey = 0x7361_6576_656E_7473;

    private static readonly string Lock = $"SELECT pg_advisory_xact_lock({LockKey})";

    private static readonly string Notify = $"SELECT pg_notify('{Channel}', '')";

    private const string Insert =
        """
        INSERT INTO events (owner_id, type, at, stack_id, agent_id, agent_key, session_id, data)
        SELECT owner_id, type, at, stack_id, agent_id, agent_key, session_id, data
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
            WITH ORDINALITY AS event (owner_id, type, at, stack_id, agent_id, agent_key, session_id, data, position)
        ORDER BY position
        """;

    /// <summary>Adds the lock, the insert and the notification, in this order, as the last commands of a transaction; nothing when there are no events.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<EventRecord> events)
    {
        if (events.Count == 0)
            return;

        batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Insert)
        {
            Parameters =
            {
                events.Column(NpgsqlDbType.Uuid, record => record.OwnerId),
                events.Column(NpgsqlDbType.Text, record => record.Type),
                events.Column(NpgsqlDbType.TimestampTz, record => record.At),
                events.Column(NpgsqlDbType.Uuid, record => record.StackId),
                events.Column(NpgsqlDbType.Uuid, record => record.AgentId),
                events.Column(NpgsqlDbType.Text, record => record.AgentKey),
                events.Column(NpgsqlDbType.Uuid, record => record.SessionId),
                events.Column(NpgsqlDbType.Text, record => record.Data),
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Notify));
    }
}
