using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications;

public static class PendingDeliveries
{
    /// <summary>
    /// Gives up what is still on its way to an endpoint that is disabled or gone. Call it after that is committed: deliveries are locked
    /// before their endpoint elsewhere. Should the server die in between, a worker finds them and does the same.
    /// </summary>
    public static Task<int> CancelDeliveriesAsync(
        this IApplicationDbContext db, Guid endpointId, DateTimeOffset now, CancellationToken cancellationToken) => db.InTransactionAsync(
            async token =>
            {
                var pending = db.NotificationDeliveries
                    .Where(delivery => delivery.EndpointId == endpointId && delivery.State == DeliveryState.Pending);

                // In the order in which workers lock those that they have tried: nobody waits for somebody who waits for him.
                await pending.OrderBy(delivery => delivery.Id).Select(delivery => delivery.Id).ForUpdate().ToListAsync(token);
                return await pending.ExecuteUpdateAsync(
                    set => set
                        .SetProperty(delivery => delivery.State, DeliveryState.Canceled)
                        .SetProperty(delivery => delivery.NextAttemptAt, (DateTimeOffset?)null)
                        .SetProperty(delivery => delivery.ClaimedUntil, (DateTimeOffset?)null)
                        .SetProperty(delivery => delivery.FinishedAt, now),
                    token);
            },
            cancellationToken);
}
