using StackAgent.Domain.Common;

namespace StackAgent.Domain.Accounts;

/// <summary>
/// One login on one device: the chain of refresh tokens that descend from it. A token that is used again after its successor was
/// handed out means that two parties hold it, and since nobody can tell which is the thief, the whole family ends.
/// </summary>
public sealed class RefreshTokenFamily : AggregateRoot
{
    /// <summary>How long after its first use a spent token still gets a successor: two tabs of a browser refresh at once.</summary>
    public static readonly TimeSpan ReuseGrace = TimeSpan.FromSeconds(10);

    private readonly List<RefreshToken> _tokens = [];

    private RefreshTokenFamily()
    {
    }

    public Guid UserId { get; private init; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>When its newest token expires: from then on the family is history.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When it last got a token.</summary>
    public DateTimeOffset LastUsedAt { get; private set; }

    /// <summary>From where it last got a token; null when that isn't known.</summary>
    public string? Address { get; private set; }

    /// <summary>The program that last got a token, in its own words.</summary>
    public string? UserAgent { get; private set; }

    /// <summary>When it was ended by a logout or by a reused token; null while it lives.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>Those tokens that were loaded, oldest first.</summary>
    public IReadOnlyList<RefreshToken> Tokens => _tokens;

    /// <summary>A login. Its first token is the only one in <see cref="Tokens"/>.</summary>
    public static RefreshTokenFamily Start(Guid userId, Secret secret, LoginOrigin origin, DateTimeOffset now, TimeSpan lifetime)
    {
        var family = new RefreshTokenFamily { UserId = userId, CreatedAt = now };
        family.Add(secret, origin, now, lifetime);
        return family;
    }

    /// <summary>
    /// Exchanges <paramref name="presented"/> (one of this family) for a new token made of <paramref name="successor"/>. Null when it is
    /// refused; the refusal may have revoked the family, so the family is to be saved either way.
    /// </summary>
    public RefreshToken? Rotate(RefreshToken presented, Secret successor, LoginOrigin origin, DateTimeOffset now, TimeSpan lifetime)
    {
        if (presented.FamilyId != Id)
            throw new ArgumentException("The token belongs to another family.", nameof(presented));

        if (RevokedAt is not null || presented.ExpiresAt <= now)
            return null;

        if (presented.SpentAt is { } spentAt && now - spentAt > ReuseGrace)
        {
            Revoke(now);
            return null;
        }

        var token = Add(successor, origin, now, lifetime);
        presented.Spend(token.Id, now);
        return token;
    }

    /// <summary>Ends the login on this device. Asking twice is the same as asking once.</summary>
    public void Revoke(DateTimeOffset now)
    {
        if (RevokedAt is not null)
            return;

        RevokedAt = now;
        Raise(new LoginEnded(Id, UserId));
    }

    private RefreshToken Add(Secret secret, LoginOrigin origin, DateTimeOffset now, TimeSpan lifetime)
    {
        var token = new RefreshToken(Id, secret, now, lifetime);
        _tokens.Add(token);
        ExpiresAt = token.ExpiresAt;
        LastUsedAt = now;
        Address = origin.Address;
        UserAgent = origin.UserAgent;
        return token;
    }
}
