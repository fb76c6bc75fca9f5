using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Domain.Notifications;

/// <summary>An address that is told of events, which of them, and how.</summary>
public sealed class NotificationEndpoint : AggregateRoot
{
    public const int UrlMaxLength = WebhookUrl.MaxLength;
    public const int DescriptionMaxLength = 500;
    public const int AgentIdMaxLength = Agent.KeyMaxLength;

    /// <summary>Of those made over the API.</summary>
    public const int MaxPerOwner = 50;

    /// <summary>How long the secret before the present one still signs.</summary>
    public static readonly TimeSpan SecretOverlap = TimeSpan.FromHours(24);

    /// <summary>An endpoint that took nothing for so long gets nothing more.</summary>
    public static readonly TimeSpan FailurePatience = TimeSpan.FromDays(5);

    private NotificationEndpoint()
    {
    }

    /// <summary>Whose events it is told of; null for <see cref="EndpointKind.Server"/>, which is told of everybody's.</summary>
    public Guid? OwnerId { get; private init; }

    public EndpointKind Kind { get; private init; }

    /// <summary>May hold a password of the receiver's: never log it.</summary>
    public string Url { get; private set; } = "";

    public string? Description { get; private set; }
    public NotificationFormat Format { get; private set; }

    /// <summary>Types of events, or groups such as <c>session.*</c>; empty for all.</summary>
    public IReadOnlyList<string> EventTypes { get; private set; } = [];

    public Guid? StackId { get; private set; }

    /// <summary>An <c>agent_id</c>, or the UUID of an agent's row. The agent may be one that is yet to come.</summary>
    public string? AgentId { get; private set; }

    /// <summary>Words; empty for all.</summary>
    public IReadOnlyList<string> Statuses { get; private set; } = [];

    public bool IsEnabled { get; private set; }

    /// <summary>Null while it is enabled.</summary>
    public EndpointDisabledReason? DisabledReason { get; private set; }

    public DateTimeOffset? DisabledAt { get; private set; }

    /// <summary>The first failure after which nothing succeeded; null while all is well.</summary>
    public DateTimeOffset? FailingSince { get; private set; }

    /// <summary>What its notifications are signed with, encrypted; null for those that are never signed: all but <see cref="EndpointKind.User"/>.</summary>
    public string? Secret { get; private set; }

    /// <summary>The secret before, encrypted.</summary>
    public string? PreviousSecret { get; private set; }

    public DateTimeOffset? PreviousSecretUntil { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }
    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>An endpoint of a user's own.</summary>
    /// <param name="ownerId">Whose.</param>
    /// <param name="settings">What the owner wants.</param>
    /// <param name="secret">Encrypted.</param>
    /// <param name="now">The present moment.</param>
    public static NotificationEndpoint Create(Guid ownerId, EndpointSettings settings, string secret, DateTimeOffset now)
    {
        var endpoint = new NotificationEndpoint
        {
            OwnerId = ownerId,
            Kind = EndpointKind.User,
            IsEnabled = true,
            Secret = secret,
            CreatedAt = now,
        };
        endpoint.Change(settings, now);
        return endpoint;
    }

    /// <summary>The endpoint behind a user's <c>notification_webhook_url</c>.</summary>
    public static NotificationEndpoint ForAccount(Guid ownerId, string url, DateTimeOffset now) => new()
    {
        OwnerId = ownerId,
        Kind = EndpointKind.Account,
        Url = url,
        Format = NotificationFormat.Lark,
        IsEnabled = true,
        CreatedAt = now,
        UpdatedAt = now,
    };

    /// <summary>The endpoint behind the server's own setting.</summary>
    public static NotificationEndpoint ForServer(string url, DateTimeOffset now) => new()
    {
        Kind = EndpointKind.Server,
        Url = url,
        Format = NotificationFormat.Lark,
        IsEnabled = true,
        CreatedAt = now,
        UpdatedAt = now,
    };

    /// <summary>Takes over what the owner wants from now on.</summary>
    public void Change(EndpointSettings settings, DateTimeOffset now)
    {
        Point(settings.Url);
        Description = settings.Description;
        Format = settings.Format;
        EventTypes = settings.EventTypes;
        StackId = settings.StackId;
        AgentId = settings.AgentId;
        Statuses = settings.Statuses;
        UpdatedAt = now;
    }

    /// <summary>The setting behind an endpoint that nobody sees was given a value: this address, and a fresh start.</summary>
    public void Follow(string url, DateTimeOffset now)
    {
        Point(url);
        Enable(now);
    }

    /// <summary>From now on notifications are signed with <paramref name="secret"/>, and for a day with the one before as well.</summary>
    /// <param name="secret">Encrypted.</param>
    /// <param name="now">The present moment.</param>
    public void RotateSecret(string secret, DateTimeOffset now)
    {
        PreviousSecret = Secret;
        PreviousSecretUntil = now + SecretOverlap;
        Secret = secret;
        UpdatedAt = now;
    }

    /// <summary>The same when the one before is of no use any more: nothing can be signed with it.</summary>
    public void ReplaceSecret(string secret, DateTimeOffset now)
    {
        PreviousSecret = null;
        PreviousSecretUntil = null;
        Secret = secret;
        UpdatedAt = now;
    }

    /// <summary>What to sign with at this moment, encrypted, the newest first; none for an endpoint that is never signed.</summary>
    public IReadOnlyList<string> SecretsAt(DateTimeOffset now) => (Secret, PreviousSecret) switch
    {
        ({ } secret, { } previous) when now < PreviousSecretUntil => [secret, previous],
        ({ } secret, _) => [secret],
        _ => [],
    };

    /// <summary>Whether the owner wants to be told of such an event. Says nothing of whose event it is.</summary>
    public bool Wants(NotificationSubject subject) =>
        MayWant(subject) && (Statuses.Count == 0 || (subject.Status is { } status && Statuses.Contains(status, StringComparer.Ordinal)));

    /// <summary>The same, for all that can be told without the status. False for most events, whose data then needn't be read.</summary>
    public bool MayWant(NotificationSubject subject) =>
        IsEnabled
        && (AgentId is null || AgentId == subject.AgentKey || IsIdOf(subject.AgentId))
        && (StackId is null || StackId == subject.StackId)
        && (EventTypes.Count == 0 || EventTypes.Any(word => Means(word, subject.Type)));

    /// <summary>It took a notification.</summary>
    public void Succeeded() => FailingSince = null;

    /// <summary>A try failed. When none has succeeded for <see cref="FailurePatience"/>, there will be no more.</summary>
    public void Failed(DateTimeOffset now)
    {
        FailingSince ??= now;
        if (now - FailingSince >= FailurePatience)
            GiveUp(EndpointDisabledReason.Failing, now);
    }

    /// <summary>The receiver said that it wants nothing more.</summary>
    public void Gone(DateTimeOffset now) => GiveUp(EndpointDisabledReason.Gone, now);

    public void Enable(DateTimeOffset now)
    {
        IsEnabled = true;
        DisabledReason = null;
        DisabledAt = null;
        FailingSince = null;
        UpdatedAt = now;
    }

    /// <summary>Its owner wants no notifications for now.</summary>
    public void Disable(DateTimeOffset now)
    {
        if (!IsEnabled)
            return;

        Disable(EndpointDisabledReason.Owner, now);
        UpdatedAt = now;
    }

    /// <summary>The server's own endpoint is never given up: there is no owner to tell, and whoever runs the server has set it on purpose.</summary>
    private void GiveUp(EndpointDisabledReason reason, DateTimeOffset now)
    {
        if (!IsEnabled || OwnerId is not { } ownerId)
            return;

        Disable(reason, now);
        Raise(new NotificationEndpointDisabled(Id, ownerId, reason, FailingSince));
    }

    private void Disable(EndpointDisabledReason reason, DateTimeOffset now)
    {
        IsEnabled = false;
        DisabledReason = reason;
        DisabledAt = now;
    }

    /// <summary>What another address did says nothing about this one.</summary>
    private void Point(string url)
    {
        if (Url == url)
            return;

        Url = url;
        FailingSince = null;
    }

    private bool IsIdOf(Guid? agentId) => agentId is { } id && Guid.TryParseExact(AgentId, "D", out var wanted) && wanted == id;

    /// <summary><c>session.*</c> means all that begin with <c>session.</c></summary>
    private static bool Means(string word, string type) =>
        word.EndsWith(".*", StringComparison.Ordinal) ? type.StartsWith(word[..^1], StringComparison.Ordinal) : word == type;
}
