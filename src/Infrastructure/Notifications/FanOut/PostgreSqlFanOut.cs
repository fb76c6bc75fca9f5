using Npgsql;
using NpgsqlTypes;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>Writes a page's rows on PostgreSQL: all in one trip, whatever their number.</summary>
internal static class PostgreSqlFanOut
{
    private const string MoveCursor = "UPDATE notification_cursor SET event_id = $1";

    private const string ChangeNotifications =
        "UPDATE notifications AS notification SET data = changed.data FROM unnest($1, $2) AS changed (id, data) WHERE notification.id = changed.id";

    private const string ChangeDeliveries =
        """
        UPDATE notification_deliveries AS delivery SET next_attempt_at = changed.next_attempt_at
        FROM unnest($1, $2) AS changed (id, next_attempt_at)
        WHERE delivery.id = changed.id
        """;

    private const string InsertNotifications =
        """
        INSERT INTO notifications (id, owner_id, event_id, type, at, stack_id, agent_id, agent_key, session_id, status, is_summary, data)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    private const string InsertDeliveries =
        """
        INSERT INTO notification_deliveries (
            id, owner_id, endpoint_id, notification_id, endpoint_url, order_key, sequence, after_id, state, next_attempt_at, fingerprint, fold_until,
            created_at, finished_at, attempts)
        SELECT *, 0 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """;

    public static async Task WriteAsync(
        NpgsqlTransaction transaction,
        IReadOnlyList<Notification> notifications,
        IReadOnlyList<NotificationDelivery> deliveries,
        IReadOnlyList<(NotificationDelivery Delivery, Notification Notification)> changed,
        long cursor,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(MoveCursor) { Parameters = { new NpgsqlParameter<long> { TypedValue = cursor } } });
        if (notifications.Count > 0)
            batch.BatchCommands.Add(Insert(notifications));
        if (deliveries.Count > 0)
            batch.BatchCommands.Add(Insert(deliveries));
        if (changed.Count > 0)
            Change(batch, changed);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>After the inserts: some of them are new.</summary>
    private static void Change(NpgsqlBatch batch, IReadOnlyList<(NotificationDelivery Delivery, Notification Notification)> rows)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ChangeNotifications)
        {
            Parameters = { rows.Column(NpgsqlDbType.Uuid, row => row.Notification.Id), rows.Column(NpgsqlDbType.Text, row => row.Notification.Data) },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ChangeDeliveries)
        {
            Parameters = { rows.Column(NpgsqlDbType.Uuid, row => row.Delivery.Id), rows.Column(NpgsqlDbType.TimestampTz, row => row.Delivery.NextAttemptAt) },
        });
    }

    private static NpgsqlBatchCommand Insert(IReadOnlyList<Notification> rows) => new(InsertNotifications)
    {
        Parameters =
        {
            rows.Column(NpgsqlDbType.Uuid, row => row.Id),
            rows.Column(NpgsqlDbType.Uuid, row => row.OwnerId),
            rows.Column(NpgsqlDbType.Bigint, row => row.EventId),
            rows.Column(NpgsqlDbType.Text, row => row.Type),
            rows.Column(NpgsqlDbType.TimestampTz, row => row.At),
            rows.Column(NpgsqlDbType.Uuid, row => row.StackId),
            rows.Column(NpgsqlDbType.Uuid, row => row.AgentId),
            rows.Column(NpgsqlDbType.Text, row => row.AgentKey),
            rows.Column(NpgsqlDbType.Uuid, row => row.SessionId),
            rows.Column(NpgsqlDbType.Text, row => row.Status),
            rows.Column(NpgsqlDbType.Boolean, row => row.IsSummary),
            rows.Column(NpgsqlDbType.Text, row => row.Data),
        },
    };

    private static NpgsqlBatchCommand Insert(IReadOnlyList<NotificationDelivery> rows) => new(InsertDeliveries)
    {
        Parameters =
        {
            rows.Column(NpgsqlDbType.Uuid, row => row.Id),
            rows.Column(NpgsqlDbType.Uuid, row => row.OwnerId),
            rows.Column(NpgsqlDbType.Uuid, row => row.EndpointId),
            rows.Column(NpgsqlDbType.Uuid, row => row.NotificationId),
            rows.Column(NpgsqlDbType.Text, row => row.EndpointUrl),
            rows.Column(NpgsqlDbType.Uuid, row => row.OrderKey),
            rows.Column(NpgsqlDbType.Bigint, row => row.Sequence),
            rows.Column(NpgsqlDbType.Uuid, row => row.AfterId),
            rows.Column(NpgsqlDbType.Text, row => EnumWords<DeliveryState>.ToWord(row.State)),
            rows.Column(NpgsqlDbType.TimestampTz, row => row.NextAttemptAt),
            rows.Column(NpgsqlDbType.Text, row => row.Fingerprint),
            rows.Column(NpgsqlDbType.TimestampTz, row => row.FoldUntil),
            rows.Column(NpgsqlDbType.TimestampTz, row => row.CreatedAt),
            rows.Column(NpgsqlDbType.TimestampTz, row => row.FinishedAt),
        },
    };
}
