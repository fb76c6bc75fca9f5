using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>The rows that an event becomes.</summary>
internal static class Compose
{
    /// <summary>What is told of the event on its own.</summary>
    public static Notification Notification(EventFacts facts) => Notification(facts, isSummary: false, facts.Event.Data);

    /// <summary>What is told of the event and of failures like it that follow.</summary>
    public static Notification Summary(EventFacts facts) => Notification(facts, isSummary: true, RepeatedFailures.Add(facts.Event.Data, facts.Event));

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

    private static Notification Notification(EventFacts facts, bool isSummary, string data) => new()
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
        IsSummary = isSummary,
        Data = data,
    };
}
