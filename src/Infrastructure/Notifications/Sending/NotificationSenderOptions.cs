namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>What the sender may do.</summary>
/// <param name="AllowPrivate">Whether it connects to addresses that aren't public, too (<c>NOTIFICATION_ALLOW_PRIVATE</c>).</param>
public sealed record NotificationSenderOptions(bool AllowPrivate);
