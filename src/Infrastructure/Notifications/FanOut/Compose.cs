using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>The rows that an event becomes.</summary>
internal static class Compose
{
    public static Notification Notification(EventFacts facts) => new()
    {
        OwnerId = facts.Event.OwnerId,
        EventId = facts.Event.Id,
        Type = facts.Event.Type,
        At = facts.Event.At,
        StackId = facts.Event.StackId,
        AgentId = facts.Event.AgentId,
        AgentKey = facts.Event.AgentKey,
        SessionId = facts.Event.SessionId,
        Status = facts.Status,
        Data = facts.Event.Data,
    };

    public static NotificationDelivery Delivery(
        NotificationEndpoint endpoint,
        EventFacts facts,
        Notification notification,
        DateTimeOffset now,
        DateTimeOffset dueAt,
        DateTimeOffset? foldUntil,
        Guid? afterId) => new()
        {
            OwnerId = endpoint.OwnerId,
            EndpointId = endpoint.Id,
            NotificationId = notification.Id,
            EndpointUrl = endpoint.Url,
            OrderKey = facts.OrderKey,
            Sequence = facts.Event.Id,
            AfterId = afterId,
            State = DeliveryState.Pending,
            NextAttemptAt = dueAt,
            Fingerprint = foldUntil is null ? null : facts.Fingerprint,
            FoldUntil = foldUntil,
            CreatedAt = now,
        };

    public static NotificationDelivery Muted(NotificationEndpoint endpoint, EventFacts facts, Notification notification, DateTimeOffset now) => new()
    {
        OwnerId = endpoint.OwnerId,
        EndpointId = endpoint.Id,
        NotificationId = notification.Id,
        EndpointUrl = endpoint.Url,
        OrderKey = facts.OrderKey,
        Sequence = facts.Event.Id,
        State = DeliveryState.Muted,
        CreatedAt = now,
        FinishedAt = now,
    };
}
