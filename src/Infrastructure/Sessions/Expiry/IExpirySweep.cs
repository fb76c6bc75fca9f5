namespace StackAgent.Infrastructure.Sessions.Expiry;

/// <summary>
/// Looks at sessions that are due, some hundred at a time, each time in one short transaction: what expired is put on record and told,
/// what a report kept alive is looked at again when that report's patience ends. The rule is <see cref="Domain.Sessions.Session.Expire"/>,
/// here for many sessions at once.
/// </summary>
internal interface IExpirySweep
{
    /// <summary>Sessions in one transaction: enough to share its commit, few enough that a report waiting behind it doesn't notice.</summary>
    const int BatchSize = 500;

    /// <summary>Looks at the sessions that are due longest, except those of agents that somebody else is changing just now.</summary>
    /// <param name="now">What is due.</param>
    /// <param name="except">Agents to pass over.</param>
    /// <param name="cancellationToken">Ends the work between two statements; nothing of the batch stays.</param>
    Task<SweptBatch> SweepFreeAsync(DateTimeOffset now, IReadOnlyCollection<Guid> except, CancellationToken cancellationToken);

    /// <summary>Looks at sessions of these agents, and waits for whoever is changing them.</summary>
    Task<SweptBatch> SweepHeldAsync(DateTimeOffset now, IReadOnlyCollection<Guid> agents, CancellationToken cancellationToken);
}

/// <summary>What one transaction did.</summary>
/// <param name="Expired">How many sessions it put on record as expired.</param>
/// <param name="Held">Agents of due sessions that it left alone, because somebody else was changing them.</param>
/// <param name="HasMore">Whether it found more sessions due than it looked at.</param>
internal readonly record struct SweptBatch(int Expired, IReadOnlyList<Guid> Held, bool HasMore)
{
    public static SweptBatch Nothing { get; } = new(0, [], HasMore: false);
}
