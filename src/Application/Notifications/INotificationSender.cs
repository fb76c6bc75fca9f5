using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications;

/// <summary>Sends one notification, once. Nothing is remembered: trying again is the caller's business.</summary>
public interface INotificationSender
{
    /// <summary>
    /// Tries, and says how it went: whatever is wrong with the endpoint, its answer or the way to it is in the result and not an exception.
    /// Throws <see cref="OperationCanceledException"/> for <paramref name="cancellationToken"/> alone, as long as no answer has begun.
    /// </summary>
    Task<SendResult> SendAsync(NotificationMessage message, CancellationToken cancellationToken);
}

/// <summary>What to send, and where to.</summary>
/// <param name="Url">Where it goes. It is checked again, with what its name leads to now.</param>
/// <param name="Format">How the body is written.</param>
/// <param name="WebhookId"><c>msg_</c> and 32 hexadecimal digits, the same at each try.</param>
/// <param name="Type">A word of <see cref="Events.EventTypes"/>, or <c>endpoint.test</c>.</param>
/// <param name="At">When it happened.</param>
/// <param name="Data">What happened, as a JSON object.</param>
/// <param name="Secrets">Protected by <see cref="Common.Security.ISecretProtector"/>, newest first: two while the older one is still valid.</param>
/// <param name="Timeout">For the whole try, the name's resolution and the answer included.</param>
/// <param name="IsKubeAgents">Exactly kubeagents' request: its text, its one header, no id and no signature.</param>
public sealed record NotificationMessage(
    Uri Url,
    NotificationFormat Format,
    string WebhookId,
    string Type,
    DateTimeOffset At,
    string Data,
    IReadOnlyList<string> Secrets,
    TimeSpan Timeout,
    bool IsKubeAgents)
{
    /// <summary>A notification as it goes to an endpoint at this moment.</summary>
    /// <param name="url">The endpoint's.</param>
    /// <param name="endpoint">Whom it goes to.</param>
    /// <param name="notification">What it says.</param>
    /// <param name="options">How long a try may take.</param>
    /// <param name="now">Which secrets are valid.</param>
    public static NotificationMessage To(
        Uri url, NotificationEndpoint endpoint, Notification notification, NotificationOptions options, DateTimeOffset now)
    {
        var isSetting = endpoint.Kind != EndpointKind.User;
        return new NotificationMessage(
            url,
            endpoint.Format,
            notification.WebhookId,
            notification.Type,
            notification.At,
            notification.Data,
            endpoint.SecretsAt(now),
            isSetting ? options.Timeout : options.EndpointTimeout,
            IsKubeAgents: isSetting);
    }

    /// <summary>The type's name: URLs of chats are secrets, and so is what is sent.</summary>
    public override string ToString() => nameof(NotificationMessage);
}

/// <summary>How a try went.</summary>
/// <param name="StatusCode">Null when no answer came.</param>
/// <param name="Duration">From the start to the end of the answer, as far as it is read.</param>
/// <param name="Answer">The start of the answer as storable text, at most <see cref="AnswerMaxLength"/> code points; null when there is none.</param>
/// <param name="Error">A sentence for the endpoint's owner; null when it was delivered.</param>
/// <param name="RetryAfter">How long the receiver asked to be left alone, at most <see cref="MaxRetryAfter"/>; null when it didn't.</param>
public sealed record SendResult(int? StatusCode, TimeSpan Duration, string? Answer, string? Error, TimeSpan? RetryAfter)
{
    /// <summary>In code points.</summary>
    public const int AnswerMaxLength = 1000;

    /// <summary>In code points.</summary>
    public const int ErrorMaxLength = 500;

    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(24);

    public bool IsDelivered => StatusCode is >= 200 and < 300;

    /// <summary>In whole milliseconds, as it is told and stored.</summary>
    public long DurationMs => (long)Duration.TotalMilliseconds;

    /// <summary>The try as the log keeps it.</summary>
    /// <param name="deliveryId">Of what was tried.</param>
    /// <param name="number">From 1.</param>
    /// <param name="startedAt">When.</param>
    public NotificationAttempt ToAttempt(Guid deliveryId, int number, DateTimeOffset startedAt) => new()
    {
        DeliveryId = deliveryId,
        Number = number,
        At = startedAt,
        DurationMs = DurationMs,
        StatusCode = StatusCode,
        Error = Error,
        Answer = Answer,
    };
}
