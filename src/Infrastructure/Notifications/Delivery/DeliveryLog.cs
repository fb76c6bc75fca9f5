using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>Deletes what isn't kept of the log.</summary>
internal sealed class DeliveryLog(IApplicationDbContext db)
{
    public const int BatchSize = 500;

    /// <summary>
    /// Deletes some deliveries that are older than <paramref name="cutoff"/> and over, with their attempts and with the notifications that
    /// no other delivery needs. Returns whether there may be more. Ids grow with time, so the oldest are the first of the primary key.
    /// </summary>
    public Task<bool> DeleteOldAsync(DateTimeOffset cutoff, CancellationToken cancellationToken) => db.InTransactionAsync(async token =>
    {
        var end = TimeIds.FirstAt(cutoff);
        var old = await db.NotificationDeliveries
            .AsNoTracking()
            .Where(delivery => delivery.Id.CompareTo(end) < 0 && delivery.State != DeliveryState.Pending && delivery.FinishedAt < cutoff)
            .OrderBy(delivery => delivery.Id)
            .Select(delivery => new { delivery.Id, delivery.NotificationId })
            .Take(BatchSize)
            .ToListAsync(token);
        if (old.Count == 0)
            return false;

        var ids = old.ConvertAll(delivery => delivery.Id);
        var notifications = old.Select(delivery => delivery.NotificationId).Distinct().ToList();
        await db.NotificationAttempts.Where(attempt => ids.Contains(attempt.DeliveryId)).ExecuteDeleteAsync(token);
        await db.NotificationDeliveries.Where(delivery => ids.Contains(delivery.Id)).ExecuteDeleteAsync(token);
        await db.Notifications
            .Where(notification => notifications.Contains(notification.Id)
                && !db.NotificationDeliveries.Any(delivery => delivery.NotificationId == notification.Id))
            .ExecuteDeleteAsync(token);
        return old.Count == BatchSize;
    }, cancellationToken);
}
