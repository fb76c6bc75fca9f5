namespace StackAgent.Infrastructure.Events;

/// <summary>How events are handed to streams and how long they are kept.</summary>
public sealed record EventStreamOptions
{
    /// <summary>The most events that may wait for one reader. Their bytes are shared, so this bounds references and not copies.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>The most events read from the database at once.</summary>
    public int PageSize { get; init; } = 256;

    /// <summary>The most streams of one account on one server.</summary>
    public int MaxStreamsOfOwner { get; init; } = 2000;

    /// <summary>The most streams on one server.</summary>
    public int MaxStreams { get; init; } = 10_000;

    /// <summary>For how long a client may be away and miss nothing.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often the table is looked at while nobody says when.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a new stream waits for the hub to reach the database.</summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(5);
}
