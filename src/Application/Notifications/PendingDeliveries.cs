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
            token => db.NotificationDeliveries
                .Where(delivery => delivery.EndpointId == endpointId && delivery.State == DeliveryState.Pending)
                .ExecuteUpdateAsync(
                    set => set
                        .SetProperty(delivery => delivery.State, DeliveryState.Canceled)
                        .SetProperty(delivery => delivery.NextAttemptAt, (DateTimeOffset?)null)
                        .SetProperty(delivery => delivery.ClaimedUntil, (DateTimeOffset?)null)
                        .SetProperty(delivery => delivery.FinishedAt, now),
                    token),
            cancellationToken);
}
