namespace StackAgent.Infrastructure.Leadership;

/// <summary>
/// How quickly leaders follow each other. <see cref="Patience"/> has to be well under <see cref="Duration"/>: what is between them is the time that the old leader's
/// last requests have to end before the next one begins.
/// </summary>
public sealed record LeadershipPace
{
    /// <summary>So long after the leader's last sign of life another server may take over.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So long after its last sign of life the leader stops by itself.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Between the leader's signs of life.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Between a standby's looks.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For a single sign of life or look.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);
}
