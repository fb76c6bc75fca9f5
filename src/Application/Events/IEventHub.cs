using System.Threading.Channels;

namespace StackAgent.Application.Events;

/// <summary>Hands events to this server's streams as they are committed, by whichever server.</summary>
public interface IEventHub
{
    /// <summary>
    /// A place for one more stream; null when its owner has as many as anybody may have. Throws
    /// <see cref="Domain.Common.UnavailableException"/> when the server has. Dispose it when the stream is over.
    /// </summary>
    IEventSubscription? Open(EventFilter filter);
}

/// <summary>What one stream gets.</summary>
public interface IEventSubscription : IDisposable
{
    /// <summary>
    /// What there is to be sent, in its order. Completed when the hub ends the stream; then <see cref="End"/> says why. For one reader.
    /// </summary>
    ChannelReader<StreamItem> Items { get; }

    /// <summary>Null while the hub goes on.</summary>
    StreamEnd? End { get; }

    /// <summary>Cancelled when the reader was too slow: what is queued has been thrown away.</summary>
    CancellationToken Dropped { get; }

    /// <summary>
    /// Starts it, once, and returns the id after which every event that fits comes through <see cref="Items"/>; those up to it are
    /// history. Throws <see cref="Domain.Common.UnavailableException"/> when the database doesn't answer.
    /// </summary>
    Task<long> StartAsync(CancellationToken cancellationToken);

    /// <summary>Queues an item without bytes, which says how far the stream has come; nothing when there is no room.</summary>
    void Mark();
}

/// <summary>One thing to be sent.</summary>
/// <param name="Id">Whoever has this item has everything up to here.</param>
/// <param name="Frame">The event as it goes over the wire, shared by all streams; null for a mark.</param>
public readonly record struct StreamItem(long Id, byte[]? Frame);

/// <summary>Why the hub ended a stream.</summary>
public enum StreamEnd
{
    /// <summary>More events waited for the reader than may wait.</summary>
    TooSlow,

    ServerStopping,
}
