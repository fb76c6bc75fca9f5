namespace StackAgent.Domain.Accounts;

/// <summary>One link in the chain of a login: good for one exchange against its successor. Changed by its <see cref="RefreshTokenFamily"/> only.</summary>
public sealed class RefreshToken
{
    private RefreshToken()
    {
    }

    internal RefreshToken(Guid familyId, Secret secret, DateTimeOffset now, TimeSpan lifetime)
    {
        FamilyId = familyId;
        Hash = secret.Hash;
        CreatedAt = now;
        ExpiresAt = now + lifetime;
    }

    /// <summary>Also the <c>jti</c> of the access token that was issued with it, which so ends with its login.</summary>
    public Guid Id { get; private init; } = Guid.CreateVersion7();

    public Guid FamilyId { get; private init; }

    /// <summary>SHA-256 of the token.</summary>
    public byte[] Hash { get; private init; } = [];

    public DateTimeOffset CreatedAt { get; private init; }
    public DateTimeOffset ExpiresAt { get; private init; }

    /// <summary>When it was first exchanged; null while it is good.</summary>
    public DateTimeOffset? SpentAt { get; private set; }

    /// <summary>The token it was first exchanged for.</summary>
    public Guid? SuccessorId { get; private set; }

    internal void Spend(Guid successorId, DateTimeOffset now)
    {
        SpentAt ??= now;
        SuccessorId ??= successorId;
    }
}
