namespace StackAgent.Application.Common.Idempotency;

/// <summary>Remembers requests by their <c>Idempotency-Key</c>. Of two requests with one key, on whichever servers, one gets it.</summary>
public interface IIdempotencyStore
{
    /// <summary>Takes the key for a request that begins, or says what is known of it.</summary>
    /// <param name="ownerId">Whose key it is.</param>
    /// <param name="key">1…255 characters.</param>
    /// <param name="target">Method, path and query.</param>
    /// <param name="cancellationToken">Ends the attempt; the key may have been taken then, until its lock expires.</param>
    Task<IdempotencyClaim> ClaimAsync(Guid ownerId, string key, string target, CancellationToken cancellationToken);

    /// <summary>Says that the request is still under way. False when the key is somebody else's by now.</summary>
    Task<bool> ExtendAsync(IdempotencyLock held, CancellationToken cancellationToken);

    /// <summary>Keeps the answer. False when the key is somebody else's by now.</summary>
    /// <param name="held">What <see cref="ClaimAsync"/> gave.</param>
    /// <param name="fingerprint">SHA-256 of the request's body in hexadecimal; null when it couldn't be read to its end.</param>
    /// <param name="statusCode">The answer's.</param>
    /// <param name="protectedAnswer">The rest of the answer, encrypted.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<bool> CompleteAsync(IdempotencyLock held, string? fingerprint, int statusCode, string protectedAnswer, CancellationToken cancellationToken);

    /// <summary>Nothing came of the request: its key is free.</summary>
    Task ReleaseAsync(IdempotencyLock held, CancellationToken cancellationToken);
}

/// <summary>What became of asking for a key: one of the records below.</summary>
public abstract record IdempotencyClaim;

/// <summary>The key is the request's, which has to complete or release it.</summary>
public sealed record KeyTaken(IdempotencyLock Lock) : IdempotencyClaim;

/// <summary>Another request has it, or had it.</summary>
public sealed record KeyKnown(IdempotencyRecord Record) : IdempotencyClaim;

/// <summary>The user has as many requests with keys under way as can be.</summary>
public sealed record TooManyKeys : IdempotencyClaim;

/// <summary>A key that a request holds. Its value is the end of the lock, which only grows, so that a lock that was lost is noticed.</summary>
public sealed class IdempotencyLock(Guid ownerId, string key, DateTimeOffset until)
{
    public Guid OwnerId { get; } = ownerId;

    public string Key { get; } = key;

    /// <summary>As it is known to be stored.</summary>
    public DateTimeOffset Until { get; private set; } = until;

    /// <summary>As it may be stored: an extension whose outcome isn't known.</summary>
    public DateTimeOffset Attempted { get; private set; } = until;

    public void Attempt(DateTimeOffset until) => Attempted = until;

    public void Confirm() => Until = Attempted;
}
