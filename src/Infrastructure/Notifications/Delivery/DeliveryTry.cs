using System.Net;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>A delivery that this server has claimed, as the database has it.</summary>
/// <param name="Id">Of the delivery.</param>
/// <param name="OwnerId">Null for the server's own endpoint.</param>
/// <param name="Line">What it holds up until its try is recorded.</param>
/// <param name="Url">Where it was to go when it was made, or went at its last try.</param>
/// <param name="Attempts">Tries so far.</param>
/// <param name="Notification">Null when it isn't kept any more.</param>
internal sealed record ClaimedRow(Guid Id, Guid? OwnerId, DeliveryLine Line, string Url, int Attempts, Notification? Notification);

/// <summary>The same, to be tried now.</summary>
/// <param name="Row">The claim.</param>
/// <param name="Message">What to send; null when it can't be sent, which <paramref name="Fault"/> explains.</param>
/// <param name="Fault">A sentence.</param>
internal sealed record ClaimedDelivery(ClaimedRow Row, NotificationMessage? Message, string? Fault);

/// <summary>Deliveries that go one after the other.</summary>
internal readonly record struct DeliveryLine(Guid EndpointId, Guid OrderKey);

/// <summary>A try that is over.</summary>
/// <param name="Delivery">What was tried.</param>
/// <param name="StartedAt">When.</param>
/// <param name="FinishedAt">When it was over.</param>
/// <param name="Result">How it went; null when it was broken off on this side, and so doesn't count.</param>
/// <param name="Pause">Without a result: how long until somebody may claim it again.</param>
internal sealed record FinishedTry(
    ClaimedDelivery Delivery, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, SendResult? Result, TimeSpan Pause = default)
{
    public Guid Id => Delivery.Row.Id;

    public Guid EndpointId => Delivery.Row.Line.EndpointId;

    /// <summary>Where it went.</summary>
    public string Url => Delivery.Message?.Url.OriginalString ?? Delivery.Row.Url;

    public bool IsDelivered => Result is { IsDelivered: true };

    /// <summary>
    /// The receiver wants nothing more. The server's own endpoint is never given up, so what goes there isn't either.
    /// </summary>
    public bool IsGone => Result?.StatusCode == (int)HttpStatusCode.Gone && Delivery.Row.OwnerId is not null;
}

/// <summary>How a delivery goes on after a try.</summary>
/// <param name="Try">The try.</param>
/// <param name="State">Pending when it is tried again.</param>
/// <param name="NextAttemptAt">Null when it is over.</param>
internal sealed record TryOutcome(FinishedTry Try, DeliveryState State, DateTimeOffset? NextAttemptAt)
{
    public DateTimeOffset? FinishedAt => State == DeliveryState.Pending ? null : Try.FinishedAt;

    /// <summary>Of a try that counts. Draws the jitter of its next one.</summary>
    public static TryOutcome Of(FinishedTry finished, SendResult result)
    {
        var wait = finished.IsDelivered || finished.IsGone ? null : RetrySchedule.After(finished.Delivery.Row.Attempts + 1, result.RetryAfter);
        var state = wait is not null ? DeliveryState.Pending : finished.IsDelivered ? DeliveryState.Delivered : DeliveryState.Failed;
        return new TryOutcome(finished, state, finished.FinishedAt + wait);
    }
}
