namespace StackAgent.Domain.Notifications;

/// <summary>Where an endpoint comes from.</summary>
public enum EndpointKind
{
    /// <summary>Made over the API.</summary>
    User,

    /// <summary>A user's <c>notification_webhook_url</c>.</summary>
    Account,

    /// <summary>The server's <c>NOTIFICATION_WEBHOOK_URL</c>, which hears of everybody's sessions.</summary>
    Server,
}

/// <summary>Why an endpoint gets nothing.</summary>
public enum EndpointDisabledReason
{
    /// <summary>Its owner wanted it so.</summary>
    Owner,

    /// <summary>It answered 410.</summary>
    Gone,

    /// <summary>Every try of the last days failed.</summary>
    Failing,
}
