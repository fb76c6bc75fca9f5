using Microsoft.Data.Sqlite;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>Writes a page's rows on SQLite, each kind with one prepared statement.</summary>
internal static class SqliteFanOut
{
    private const string MoveCursor = "UPDATE notification_cursor SET event_id = $1";

    private const string ChangeNotification = "UPDATE notifications SET data = $2 WHERE id = $1";

    private const string ChangeDelivery = "UPDATE notification_deliveries SET next_attempt_at = $2 WHERE id = $1";

    private const string InsertNotification =
        """
        INSERT INTO notifications (id, owner_id, event_id, type, at, stack_id, agent_id, agent_key, session_id, status, is_summary, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    private const string InsertDelivery =
        """
        INSERT INTO notification_deliveries (
            id, owner_id, endpoint_id, notification_id, endpoint_url, order_key, sequence, after_id, state, next_attempt_at, fingerprint, fold_until,
            created_at, finished_at, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)
        """;

    public static void Write(
        SqliteConnection connection,
        IReadOnlyList<Notification> notifications,
        IReadOnlyList<NotificationDelivery> deliveries,
        IReadOnlyList<(NotificationDelivery Delivery, Notification Notification)> changed,
        long cursor)
    {
        using var moveCursor = new SqliteStatement(connection, MoveCursor, parameters: 1);
        moveCursor.Execute(cursor);

        using var insertNotification = new SqliteStatement(connection, InsertNotification, parameters: 12);
        foreach (var row in notifications)
        {
            insertNotification.Execute(
                row.Id, row.OwnerId, row.EventId, row.Type, Moment(row.At), row.StackId, row.AgentId, row.AgentKey, row.SessionId, row.Status,
                row.IsSummary, row.Data);
        }

        using var insertDelivery = new SqliteStatement(connection, InsertDelivery, parameters: 14);
        foreach (var row in deliveries)
        {
            insertDelivery.Execute(
                row.Id, row.OwnerId, row.EndpointId, row.NotificationId, row.EndpointUrl, row.OrderKey, row.Sequence, row.AfterId,
                EnumWords<DeliveryState>.ToWord(row.State), Moment(row.NextAttemptAt), row.Fingerprint, Moment(row.FoldUntil), Moment(row.CreatedAt),
                Moment(row.FinishedAt));
        }

        using var changeNotification = new SqliteStatement(connection, ChangeNotification, parameters: 2);
        using var changeDelivery = new SqliteStatement(connection, ChangeDelivery, parameters: 2);
        foreach (var (delivery, notification) in changed)
        {
            changeNotification.Execute(notification.Id, notification.Data);
            changeDelivery.Execute(delivery.Id, Moment(delivery.NextAttemptAt));
        }
    }

    private static object? Moment(DateTimeOffset? moment) => moment is { } known ? SqliteMoments.ToMicroseconds(known) : null;
}
