namespace StackAgent.Application.Common.Idempotency;

/// <summary>What keys may cost, and how long they are known.</summary>
public sealed record IdempotencyOptions
{
    /// <summary>How long the answer to a request is kept for its repeats.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>For how long a request holds its key without saying that it is still there. After that its server counts as dead.</summary>
    public TimeSpan Lock { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a request that takes long says that it is still there.</summary>
    public TimeSpan LockExtension { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Keys that a user can have; past it the oldest answers are forgotten first.</summary>
    public int MaxPerUser { get; init; } = 10_000;

    /// <summary>Requests with a key that a user can have under way at a time: they go on when nobody waits for them any more.</summary>
    public int MaxUnderWay { get; init; } = 100;

    /// <summary>A longer answer isn't kept; that the request was carried out is.</summary>
    public int MaxAnswerBytes { get; init; } = 256 * 1024;
}
