namespace StackAgent.Domain.Notifications;

/// <summary>One notification on its way to one endpoint, until it is over. Stays as a line of the log, also when the endpoint goes.</summary>
public sealed class NotificationDelivery
{
    public const int ErrorMaxLength = 500;

    /// <summary>SHA-256 in hexadecimal digits.</summary>
    public const int FingerprintMaxLength = 64;

    /// <summary>UUID version 7, so that ids grow with time.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Whose log it is a line of; null for the server's own endpoint, whose log is nobody's.</summary>
    public Guid? OwnerId { get; init; }

    public required Guid EndpointId { get; init; }

    public required Guid NotificationId { get; init; }

    /// <summary>Where the last try went; before the first where it was to go when the delivery was made.</summary>
    public required string EndpointUrl { get; set; }

    /// <summary>Deliveries to one endpoint with the same key go one after the other: the session's id, else the agent's, else the stack's.</summary>
    public required Guid OrderKey { get; init; }

    /// <summary>Their order: the event's id.</summary>
    public required long Sequence { get; init; }

    /// <summary>Another delivery that has to be over first.</summary>
    public Guid? AfterId { get; init; }

    public DeliveryState State { get; set; }

    /// <summary>Tries so far.</summary>
    public int Attempts { get; set; }

    /// <summary>Null once it is over.</summary>
    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>Until then it is in the hands of a worker.</summary>
    public DateTimeOffset? ClaimedUntil { get; set; }

    /// <summary>Failures alike have the same; null for what is never folded.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Until then another failure alike isn't told on its own.</summary>
    public DateTimeOffset? FoldUntil { get; set; }

    /// <summary>Of the last try; null when there was none or no answer came.</summary>
    public int? LastStatusCode { get; set; }

    /// <summary>A sentence about the last try; null when it succeeded.</summary>
    public string? LastError { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; set; }
}

/// <summary>How a delivery stands.</summary>
public enum DeliveryState
{
    /// <summary>It will be tried, or tried again.</summary>
    Pending,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>Every try failed; there will be no more.</summary>
    Failed,

    /// <summary>Never sent, because its agent or stack was muted.</summary>
    Muted,

    /// <summary>Given up with its endpoint.</summary>
    Canceled,
}

/// <summary>One try.</summary>
public sealed class NotificationAttempt
{
    public const int ErrorMaxLength = NotificationDelivery.ErrorMaxLength;
    public const int AnswerMaxLength = 1000;

    public required Guid DeliveryId { get; init; }

    /// <summary>From 1.</summary>
    public required int Number { get; init; }

    public required DateTimeOffset At { get; init; }

    public required long DurationMs { get; init; }

    /// <summary>Null when no answer came.</summary>
    public int? StatusCode { get; init; }

    /// <summary>A sentence; null when it succeeded.</summary>
    public string? Error { get; init; }

    /// <summary>The beginning of the answer as text; null when it had none.</summary>
    public string? Answer { get; init; }
}
