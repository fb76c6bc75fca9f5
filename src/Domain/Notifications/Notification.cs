namespace StackAgent.Domain.Notifications;

/// <summary>What endpoints are told: one event, or several alike that were folded into one. Every delivery of it carries its id.</summary>
public sealed class Notification
{
    public const int TypeMaxLength = 50;
    public const int StatusMaxLength = 50;

    /// <summary>UUID version 7, so that ids grow with time; see <see cref="WebhookId"/>.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Whose event it was.</summary>
    public required Guid OwnerId { get; init; }

    /// <summary>Of the event, or of the first of those folded into one; null when it stems from none, as a test does.</summary>
    public long? EventId { get; init; }

    public required string Type { get; init; }

    /// <summary>When it happened; of folded events the first.</summary>
    public required DateTimeOffset At { get; init; }

    public Guid? StackId { get; init; }

    /// <summary>UUID of the agent's row.</summary>
    public Guid? AgentId { get; init; }

    /// <summary>That agent's <c>agent_id</c>.</summary>
    public string? AgentKey { get; init; }

    public Guid? SessionId { get; init; }

    /// <summary>The status after the event, as a word; null when it has none.</summary>
    public string? Status { get; init; }

    /// <summary>Whether it stands for several failures alike, which its data counts.</summary>
    public bool IsSummary { get; init; }

    /// <summary>A JSON object: the event's <c>data</c>, and <c>repeated</c> when several were folded.</summary>
    public required string Data { get; set; }

    /// <summary>What receivers tell repeats by: <c>msg_</c> and 32 hexadecimal digits.</summary>
    public string WebhookId => WebhookIdOf(Id);

    public static string WebhookIdOf(Guid notificationId) => $"msg_{notificationId:N}";
}
