using StackAgent.Domain.Notifications;

namespace StackAgent.WebApi.FunctionalTests.Notifications;

/// <summary>Writes lines of the log as if something had been delivered.</summary>
internal static class DeliveryRows
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Adds a notification with one delivery, whose id it returns. A pending one is due in the far future, so that nobody sends it.</summary>
    public static Task<Guid> AddAsync(
        ProductServer server,
        Guid? ownerId,
        Guid endpointId,
        DeliveryState state,
        string type = "agent.deleted",
        string? agentKey = null,
        Guid? agentId = null,
        int attempts = 0) => server.WithDatabaseAsync(async db =>
        {
            var notification = new Notification
            {
                OwnerId = ownerId ?? Guid.CreateVersion7(),
                Type = type,
                At = At,
                AgentId = agentId,
                AgentKey = agentKey,
                Data = """{"agent":{"name":"bot \"1\""}}""",
            };
            var delivery = new NotificationDelivery
            {
                OwnerId = ownerId,
                EndpointId = endpointId,
                NotificationId = notification.Id,
                EndpointUrl = "https://example.com/hook",
                OrderKey = Guid.CreateVersion7(),
                Sequence = 1,
                State = state,
                Attempts = attempts,
                NextAttemptAt = state == DeliveryState.Pending ? At.AddYears(500) : null,
                CreatedAt = At,
                FinishedAt = state == DeliveryState.Pending ? null : At,
            };
            db.Add(notification);
            db.Add(delivery);
            db.AddRange(Enumerable.Range(1, attempts).Select(number => new NotificationAttempt
            {
                DeliveryId = delivery.Id,
                Number = number,
                At = At.AddMinutes(number),
                DurationMs = 40 + number,
                StatusCode = number == attempts ? 204 : 503,
                Error = number == attempts ? null : "It answered 503.",
                Answer = number == attempts ? null : "busy",
            }));
            await db.SaveChangesAsync(CancellationToken.None);
            return delivery.Id;
        });
}
