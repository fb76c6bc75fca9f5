using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>
/// New notifications and deliveries, and changed summaries. They are many under load, so they are written by hand and not one by one through
/// EF Core.
/// </summary>
internal sealed class FanOutRows
{
    private readonly List<Notification> _notifications = [];
    private readonly List<NotificationDelivery> _deliveries = [];
    private readonly HashSet<Guid> _new = [];
    private readonly Dictionary<Guid, (NotificationDelivery Delivery, Notification Notification)> _changed = [];

    public void Add(Notification notification) => _notifications.Add(notification);

    public void Add(NotificationDelivery delivery)
    {
        _deliveries.Add(delivery);
        _new.Add(delivery.Id);
    }

    /// <summary>A summary says something else, or goes at another time.</summary>
    public void Change(NotificationDelivery delivery, Notification notification)
    {
        if (!_new.Contains(delivery.Id))
            _changed[delivery.Id] = (delivery, notification);
    }

    /// <summary>Writes them as they are now, and how far the log has been dealt with.</summary>
    public async Task WriteAsync(DbTransaction transaction, long cursor, CancellationToken cancellationToken)
    {
        switch (transaction)
        {
            case NpgsqlTransaction postgres:
                await PostgreSqlFanOut.WriteAsync(postgres, _notifications, _deliveries, [.. _changed.Values], cursor, cancellationToken);
                break;
            case SqliteTransaction { Connection: { } connection }:
                SqliteFanOut.Write(connection, _notifications, _deliveries, [.. _changed.Values], cursor);
                break;
            default:
                throw new NotSupportedException($"Notifications can't be written through a {transaction.GetType().Name}.");
        }
    }
}
