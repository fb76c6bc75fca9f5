using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>A notification endpoint as its owner sees it.</summary>
public record NotificationEndpointDetails
{
    public required Guid Id { get; init; }

    public required string Url { get; init; }

    public required string? Description { get; init; }

    public required NotificationFormat Format { get; init; }

    /// <summary>Types of events, and groups such as `session.*`; empty: all.</summary>
    public required IReadOnlyList<string> EventTypes { get; init; }

    /// <summary>Only of this stack and its agents; null: all.</summary>
    public required Guid? StackId { get; init; }

    /// <summary>Only of this agent; null: all.</summary>
    public required string? AgentId { get; init; }

    /// <summary>Only events after which the status is one of these; empty: all.</summary>
    public required IReadOnlyList<string> Statuses { get; init; }

    public required bool Enabled { get; init; }

    /// <summary>Why it is disabled: its owner did it, it answered 410 (`gone`), or every try of the last five days failed. Null: it is enabled.</summary>
    public required EndpointDisabledReason? DisabledReason { get; init; }

    public required DateTimeOffset? DisabledAt { get; init; }

    /// <summary>The first failure after which nothing succeeded; null: all is well.</summary>
    public required DateTimeOffset? FailingSince { get; init; }

    /// <summary>Until then notifications are signed with the secret before the present one as well; null: it was never rotated.</summary>
    public required DateTimeOffset? PreviousSecretUntil { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    internal static Expression<Func<NotificationEndpoint, NotificationEndpointDetails>> Projection { get; } = endpoint => new NotificationEndpointDetails
    {
        Id = endpoint.Id,
        Url = endpoint.Url,
        Description = endpoint.Description,
        Format = endpoint.Format,
        EventTypes = endpoint.EventTypes,
        StackId = endpoint.StackId,
        AgentId = endpoint.AgentId,
        Statuses = endpoint.Statuses,
        Enabled = endpoint.IsEnabled,
        DisabledReason = endpoint.DisabledReason,
        DisabledAt = endpoint.DisabledAt,
        FailingSince = endpoint.FailingSince,
        PreviousSecretUntil = endpoint.PreviousSecretUntil,
        CreatedAt = endpoint.CreatedAt,
        UpdatedAt = endpoint.UpdatedAt,
    };
}

/// <summary>A notification endpoint with its secret, which is shown this once.</summary>
public sealed record NotificationEndpointWithSecret : NotificationEndpointDetails
{
    [SetsRequiredMembers]
    internal NotificationEndpointWithSecret(NotificationEndpointDetails details, WebhookSecret secret)
        : base(details) => Secret = secret.Value;

    /// <summary>`whsec_` and base64: what the receiver checks the signatures with.</summary>
    public string Secret { get; }

    /// <summary>The type's name: a secret that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(NotificationEndpointWithSecret);
}

internal static class OwnEndpoints
{
    /// <summary>Those that the user made over the API, and no others, can be seen and changed there.</summary>
    public static IQueryable<NotificationEndpoint> MadeBy(this IQueryable<NotificationEndpoint> endpoints, Guid ownerId) =>
        endpoints.Where(endpoint => endpoint.OwnerId == ownerId && endpoint.Kind == EndpointKind.User);

    public static NotFoundException NotFound() => new("There is no such notification endpoint.");
}
