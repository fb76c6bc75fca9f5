using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Deliveries;

/// <summary>A line of the log: one notification to one endpoint.</summary>
public record DeliveryDto
{
    public required Guid Id { get; init; }

    public required Guid EndpointId { get; init; }

    /// <summary>As it was at that time.</summary>
    public required string EndpointUrl { get; init; }

    /// <summary>Type of the event.</summary>
    public required string Type { get; init; }

    /// <summary>What the receiver tells repeats by: the same at each try, and when it is delivered anew.</summary>
    public required string WebhookId { get; init; }

    /// <summary>The agent's `agent_id`; null: it isn't about an agent.</summary>
    public required string? AgentId { get; init; }

    public required DeliveryState State { get; init; }

    /// <summary>Tries so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>Of the last try; null: there was none, or no answer came.</summary>
    public required int? LastStatusCode { get; init; }

    /// <summary>A sentence about the last try; null: there was none, or it succeeded.</summary>
    public required string? LastError { get; init; }

    /// <summary>Null: there will be no more.</summary>
    public required DateTimeOffset? NextAttemptAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null: it isn't over.</summary>
    public required DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>A line of the log with what was sent and how each try went.</summary>
public sealed record DeliveryDetails : DeliveryDto
{
    /// <summary>What the endpoint is told. Formats other than `standard` get a text made of it.</summary>
    public required NotificationBody Body { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<DeliveryAttempt> AttemptLog { get; init; }
}

/// <summary>A notification as Standard Webhooks has it.</summary>
/// <param name="Type">Type of the event.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="Data">What happened.</param>
public sealed record NotificationBody(string Type, DateTimeOffset Timestamp, JsonElement Data);

/// <summary>One try.</summary>
/// <param name="Number">From 1.</param>
/// <param name="At">When it began.</param>
/// <param name="DurationMs">Milliseconds to the end of the answer, or to giving up.</param>
/// <param name="StatusCode">Null: no answer came.</param>
/// <param name="Error">A sentence; null: it succeeded.</param>
/// <param name="Answer">The beginning of the answer; null: it had none.</param>
public sealed record DeliveryAttempt(int Number, DateTimeOffset At, long DurationMs, int? StatusCode, string? Error, string? Answer);

/// <summary>A delivery and what it delivers.</summary>
internal sealed class DeliveryRow
{
    public required NotificationDelivery Delivery { get; init; }

    public required Notification Notification { get; init; }

    public static Expression<Func<DeliveryRow, DeliveryDto>> Projection { get; } = row => new DeliveryDto
    {
        Id = row.Delivery.Id,
        EndpointId = row.Delivery.EndpointId,
        EndpointUrl = row.Delivery.EndpointUrl,
        Type = row.Notification.Type,
        WebhookId = Notification.WebhookIdOf(row.Notification.Id),
        AgentId = row.Notification.AgentKey,
        State = row.Delivery.State,
        Attempts = row.Delivery.Attempts,
        LastStatusCode = row.Delivery.LastStatusCode,
        LastError = row.Delivery.LastError,
        NextAttemptAt = row.Delivery.NextAttemptAt,
        CreatedAt = row.Delivery.CreatedAt,
        FinishedAt = row.Delivery.FinishedAt,
    };

    /// <summary>The rows of one user's log. The server's own endpoint has no owner, so nobody sees its deliveries.</summary>
    public static IQueryable<DeliveryRow> Of(IApplicationDbContext db, Guid ownerId) =>
        from delivery in db.NotificationDeliveries.AsNoTracking()
        join notification in db.Notifications on delivery.NotificationId equals notification.Id
        where delivery.OwnerId == ownerId
        select new DeliveryRow { Delivery = delivery, Notification = notification };

    public static NotFoundException NotFound() => new("There is no such delivery.");
}
