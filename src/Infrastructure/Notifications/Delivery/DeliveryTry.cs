using StackAgent.Application.Notifications;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>A delivery that this server has claimed, to be tried now.</summary>
/// <param name="Id">Of the delivery.</param>
/// <param name="Line">What it holds up until its try is recorded.</param>
/// <param name="Attempts">Tries before this one.</param>
/// <param name="Message">What to send; null when it can't be sent, which <paramref name="Fault"/> explains.</param>
/// <param name="Fault">A sentence.</param>
internal sealed record ClaimedDelivery(Guid Id, DeliveryLine Line, int Attempts, NotificationMessage? Message, string? Fault);

/// <summary>Deliveries that go one after the other.</summary>
internal readonly record struct DeliveryLine(Guid EndpointId, Guid OrderKey);

/// <summary>A try that is over.</summary>
/// <param name="Delivery">What was tried.</param>
/// <param name="StartedAt">When.</param>
/// <param name="FinishedAt">When it was over.</param>
/// <param name="Result">How it went; null when it was broken off on this side, and so doesn't count.</param>
/// <param name="Pause">Without a result: how long until somebody may claim it again.</param>
internal sealed record FinishedTry(
    ClaimedDelivery Delivery, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, SendResult? Result, TimeSpan Pause = default);
