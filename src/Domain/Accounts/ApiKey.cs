using StackAgent.Domain.Common;

namespace StackAgent.Domain.Accounts;

/// <summary>A credential for programs. Belongs to a user and, when it was made for a deployed agent, speaks for that agent alone.</summary>
public sealed class ApiKey : AggregateRoot
{
    public const int NameMaxLength = 100;

    /// <summary>A hundred years: far enough for "never", and a sum that can't leave the calendar.</summary>
    public const int MaxExpiryDays = 36_500;

    /// <summary>Keys in force that a user can make; those of deployed agents don't count.</summary>
    public const int MaxActivePerUser = 200;

    private ApiKey()
    {
    }

    public Guid OwnerId { get; private init; }

    /// <summary>The only agent that the key may speak for; null for a key that a user made.</summary>
    public Guid? AgentId { get; private init; }

    public string Name { get; private init; } = "";

    /// <summary>SHA-256 of the key.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>The key's first characters, for its owner to recognise it.</summary>
    public string Prefix { get; private set; } = "";

    public ApiKeyScopes Scopes { get; private init; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary>To within a minute; null before the first use. Written past the aggregate, by the recorder of uses.</summary>
    public DateTimeOffset? LastUsedAt { get; private init; }

    public DateTimeOffset? RevokedAt { get; private set; }

    public static ApiKey Create(
        Guid ownerId, string name, Secret secret, ApiKeyScopes scopes, DateTimeOffset? expiresAt, DateTimeOffset now) => new()
        {
            OwnerId = ownerId,
            Name = name,
            Hash = secret.Hash,
            Prefix = secret.Prefix,
            Scopes = scopes,
            CreatedAt = now,
            ExpiresAt = expiresAt,
        };

    /// <summary>The key of a deployed agent: it may report, for that agent, and nothing else. It lives as long as the agent.</summary>
    /// <param name="id">Given from outside, because the secret is derived from it.</param>
    /// <param name="ownerId">Who owns the agent.</param>
    /// <param name="agentId">For whom the key speaks.</param>
    /// <param name="secret">The derived key.</param>
    /// <param name="now">The present moment.</param>
    public static ApiKey ForAgent(Guid id, Guid ownerId, Guid agentId, Secret secret, DateTimeOffset now) => new()
    {
        Id = id,
        OwnerId = ownerId,
        AgentId = agentId,
        Name = $"Agent {agentId}",
        Hash = secret.Hash,
        Prefix = secret.Prefix,
        Scopes = ApiKeyScopes.Report,
        CreatedAt = now,
    };

    /// <summary>Ends the key. Asking twice is the same as asking once.</summary>
    public void Revoke(DateTimeOffset now)
    {
        if (RevokedAt is not null)
            return;

        RevokedAt = now;
        Raise(new ApiKeyEnded(Id, OwnerId));
    }

    /// <summary>The server's secret has changed, and with it the key that is derived for the agent: from now on only the new one counts.</summary>
    public void Rekey(Secret secret)
    {
        if (AgentId is null)
            throw new InvalidOperationException("Only an agent's key is derived; a user's key is replaced by a new one.");

        Hash = secret.Hash;
        Prefix = secret.Prefix;
        Raise(new ApiKeyEnded(Id, OwnerId));
    }
}

/// <summary>What a key may do.</summary>
[Flags]
public enum ApiKeyScopes
{
    None = 0,

    /// <summary>Send status reports.</summary>
    Report = 1,

    /// <summary>See everything that its owner sees.</summary>
    Read = 2,

    /// <summary>Change what its owner can change, but neither the account nor its keys.</summary>
    Write = 4,
}
