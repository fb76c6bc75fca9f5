namespace StackAgent.Domain.Notifications;

/// <summary>Nothing is sent about an agent, or about a stack and its agents, for a while.</summary>
public sealed class NotificationMute
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public required Guid OwnerId { get; init; }

    /// <summary>UUID of the agent's or the stack's row.</summary>
    public required Guid SubjectId { get; init; }

    public required MuteSubject Subject { get; init; }

    public required DateTimeOffset Until { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}

public enum MuteSubject
{
    Agent,
    Stack,
}
