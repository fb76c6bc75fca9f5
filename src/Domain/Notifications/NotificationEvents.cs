using StackAgent.Domain.Common;

namespace StackAgent.Domain.Notifications;

/// <summary>An endpoint gets nothing more, though its owner didn't ask for that.</summary>
/// <param name="EndpointId">Which endpoint.</param>
/// <param name="OwnerId">Whose.</param>
/// <param name="Reason">Why.</param>
/// <param name="FailingSince">The first failure after which nothing succeeded; null when there was none.</param>
public sealed record NotificationEndpointDisabled(
    Guid EndpointId, Guid OwnerId, EndpointDisabledReason Reason, DateTimeOffset? FailingSince) : IDomainEvent;
