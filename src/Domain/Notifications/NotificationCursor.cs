namespace StackAgent.Domain.Notifications;

/// <summary>How far the event log has become notifications: the only row of its table, and the lock on going further.</summary>
public sealed class NotificationCursor
{
    public const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    /// <summary>Every event up to this one has been dealt with.</summary>
    public long EventId { get; set; }
}
