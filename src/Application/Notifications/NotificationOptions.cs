namespace StackAgent.Application.Notifications;

/// <summary>What whoever runs the server decides about notifications.</summary>
public sealed record NotificationOptions
{
    /// <summary>Gets a text when a session of anybody's ends or waits; null: nobody does.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>For one try at <see cref="WebhookUrl"/> or at a user's <c>notification_webhook_url</c>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For one try at any other endpoint.</summary>
    public TimeSpan EndpointTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether notifications may go to addresses that aren't public.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>How long the log of deliveries is kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The type's name: the address may hold a secret.</summary>
    public override string ToString() => nameof(NotificationOptions);
}
