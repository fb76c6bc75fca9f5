using Npgsql;
using NpgsqlTypes;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>Finds what may go, claims it and reads what it says, on PostgreSQL: all in one trip.</summary>
internal static class PostgreSqlClaim
{
    /// <summary>
    /// A claim that a crash of the database undoes is made once more, and its delivery repeated under the same id. Beside the statement, as a
    /// transaction that has only these two.
    /// </summary>
    private const string CommitLater = "SELECT set_config('synchronous_commit', 'off', true)";

    /// <summary>
    /// Endpoints $1 with how many to claim for each $2; now $3; until $4; lines to leave out as endpoints $5 and keys $6; how many due
    /// deliveries to look at for each endpoint $7. Returns a row for each claim, and one at least: its first column tells how many lines have a
    /// head that may not go. A summary's data isn't among them, because the fan-out may have added to it since the statement began.
    /// </summary>
    public const string Statement =
        """
        WITH head AS MATERIALIZED (
            SELECT first.*, endpoint.slots
            FROM unnest($1, $2) AS endpoint (id, slots)
            CROSS JOIN LATERAL (
                SELECT DISTINCT due.order_key FROM (
                    SELECT delivery.order_key FROM notification_deliveries AS delivery
                    WHERE delivery.endpoint_id = endpoint.id AND delivery.state = 'pending' AND delivery.next_attempt_at <= $3
                        AND (delivery.endpoint_id, delivery.order_key) NOT IN (SELECT busy.endpoint_id, busy.order_key FROM unnest($5, $6) AS busy (endpoint_id, order_key))
                    ORDER BY delivery.next_attempt_at LIMIT $7) AS due) AS line
            CROSS JOIN LATERAL (
                SELECT delivery.id, delivery.endpoint_id, delivery.sequence, delivery.next_attempt_at, delivery.after_id FROM notification_deliveries AS delivery
                WHERE delivery.endpoint_id = endpoint.id AND delivery.order_key = line.order_key AND delivery.state = 'pending'
                ORDER BY delivery.sequence LIMIT 1) AS first),
        ready AS MATERIALIZED (
            SELECT head.id, head.slots, row_number() OVER (PARTITION BY head.endpoint_id ORDER BY head.next_attempt_at, head.sequence) AS place
            FROM head
            WHERE head.next_attempt_at <= $3 AND (head.after_id IS NULL OR NOT EXISTS (
                SELECT FROM notification_deliveries AS earlier WHERE earlier.id = head.after_id AND earlier.state = 'pending'))),
        claimed AS (
            UPDATE notification_deliveries SET claimed_until = $4, next_attempt_at = $4
            WHERE id = ANY (ARRAY(
                SELECT id FROM notification_deliveries
                WHERE id = ANY (ARRAY(SELECT id FROM ready WHERE place <= slots)) AND state = 'pending' AND next_attempt_at <= $3
                FOR UPDATE SKIP LOCKED))
            RETURNING id, owner_id, endpoint_id, order_key, endpoint_url, attempts, notification_id)
        SELECT (SELECT count(*) FROM head) - (SELECT count(*) FROM ready) AS blocked,
            claimed.id, claimed.owner_id, claimed.endpoint_id, claimed.order_key, claimed.endpoint_url, claimed.attempts,
            notification.id, notification.owner_id, notification.type, notification.at, notification.is_summary,
            CASE WHEN notification.is_summary THEN '' ELSE notification.data END
        FROM (SELECT) AS always
        LEFT JOIN claimed ON true
        LEFT JOIN notifications AS notification ON notification.id = claimed.notification_id
        """;

    /// <summary>Claims, and says whether there are lines whose head may not go.</summary>
    public static async Task<(List<ClaimedRow> Claimed, bool AreBlocked)> ExecuteAsync(
        NpgsqlConnection connection,
        IReadOnlyList<KeyValuePair<Guid, int>> slots,
        IReadOnlyList<DeliveryLine> busy,
        DateTimeOffset now,
        DateTimeOffset until,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(CommitLater),
                new NpgsqlBatchCommand(Statement)
                {
                    Parameters =
                    {
                        slots.Column(NpgsqlDbType.Uuid, slot => slot.Key),
                        slots.Column(NpgsqlDbType.Integer, slot => slot.Value),
                        new NpgsqlParameter<DateTimeOffset> { TypedValue = now },
                        new NpgsqlParameter<DateTimeOffset> { TypedValue = until },
                        busy.Column(NpgsqlDbType.Uuid, line => line.EndpointId),
                        busy.Column(NpgsqlDbType.Uuid, line => line.OrderKey),
                        new NpgsqlParameter<int> { TypedValue = DeliveryQueue.Window },
                    },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var claimed = new List<ClaimedRow>();
        var areBlocked = false;
        while (await reader.ReadAsync(cancellationToken))
        {
            areBlocked = reader.GetInt64(0) > 0;
            if (!reader.IsDBNull(1))
                claimed.Add(Read(reader));
        }

        return (claimed, areBlocked);
    }

    private static ClaimedRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(1),
        reader.IsDBNull(2) ? null : reader.GetGuid(2),
        new DeliveryLine(reader.GetGuid(3), reader.GetGuid(4)),
        reader.GetString(5),
        reader.GetInt32(6),
        reader.IsDBNull(7)
            ? null
            : new Notification
            {
                Id = reader.GetGuid(7),
                OwnerId = reader.GetGuid(8),
                Type = reader.GetString(9),
                At = reader.GetFieldValue<DateTimeOffset>(10),
                IsSummary = reader.GetBoolean(11),
                Data = reader.GetString(12),
            });
}
