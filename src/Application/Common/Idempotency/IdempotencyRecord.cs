namespace StackAgent.Application.Common.Idempotency;

/// <summary>
/// What came of the first request with an <c>Idempotency-Key</c>, for those that repeat it. Begins without an answer, which says that the
/// request is under way.
/// </summary>
public sealed class IdempotencyRecord
{
    public const int KeyMaxLength = 255;
    public const int FingerprintLength = 64;
    public const int TargetMaxLength = 2_000;

    /// <summary>Whose key it is; keys of different users have nothing to do with each other.</summary>
    public Guid OwnerId { get; init; }

    public string Key { get; init; } = "";

    /// <summary>Method, path and query of the first request.</summary>
    public string Target { get; init; } = "";

    /// <summary>SHA-256 of the first request's body in hexadecimal; null until all of it has been read.</summary>
    public string? Fingerprint { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until then whoever holds the record may still answer; later another request may take it over.</summary>
    public DateTimeOffset LockedUntil { get; set; }

    /// <summary>The answer's status code; null until there is one.</summary>
    public int? StatusCode { get; set; }

    /// <summary>The answer's headers and body, protected: they may hold a secret that is shown once.</summary>
    public string? ProtectedAnswer { get; set; }
}
