namespace StackAgent.Infrastructure.Leadership;

/// <summary>One way to decide who leads, in single steps; <see cref="Election"/> repeats them and keeps the time.</summary>
internal interface ICandidacy
{
    /// <summary>What decides, for people.</summary>
    string Description { get; }

    /// <summary>Tries once. Throws when whoever decides can't be asked; after that it may be tried again.</summary>
    Task<Attempt> TryAsync(CancellationToken cancellationToken);
}

/// <summary>What came of a try.</summary>
/// <param name="Tenure">What was won; null: nothing.</param>
/// <param name="Holder">Who leads instead, where that is known.</param>
internal sealed record Attempt(ITenure? Tenure, string? Holder);

/// <summary>What the leader holds.</summary>
internal interface ITenure
{
    /// <summary>Gives a sign of life. False: it is somebody else's, or nobody's. Throws when that can't be found out.</summary>
    Task<bool> RenewAsync(CancellationToken cancellationToken);

    /// <summary>Gives it back, if it is still held. Called once, last, and also after it was lost.</summary>
    Task ReleaseAsync(CancellationToken cancellationToken);
}
