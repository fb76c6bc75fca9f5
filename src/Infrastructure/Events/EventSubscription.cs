using System.Threading.Channels;
using StackAgent.Application.Events;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.Events;

/// <summary>One stream's queue. <see cref="StreamRegistry"/> fills it, under its lock; the stream empties it.</summary>
internal sealed class EventSubscription(
    EventFilter filter, int capacity, StreamRegistry registry, Func<EventSubscription, CancellationToken, Task<long>> start) : IEventSubscription
{
    private readonly Channel<StreamItem> _queue = Channel.CreateBounded<StreamItem>(
        new BoundedChannelOptions(capacity) { SingleReader = true });

    private readonly TaskCompletionSource<long> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Never disposed, since it may be cancelled while the stream ends: without a timer or a wait handle it holds nothing.
    private readonly CancellationTokenSource _dropped = new();

    public EventFilter Filter => filter;

    public ChannelReader<StreamItem> Items => _queue.Reader;

    public StreamEnd? End { get; private set; }

    public CancellationToken Dropped => _dropped.Token;

    /// <summary>The position that it began at.</summary>
    public Task<long> Started => _started.Task;

    /// <summary>Whether its place was given back.</summary>
    public bool IsClosed { get; set; }

    public Task<long> StartAsync(CancellationToken cancellationToken) => start(this, cancellationToken);

    public void Mark() => registry.Mark(this);

    public void Dispose() => registry.Close(this);

    public void Begin(long position) => _started.TrySetResult(position);

    /// <summary>False when there is no room.</summary>
    public bool TryQueue(StreamItem item) => _queue.Writer.TryWrite(item);

    public void Finish(StreamEnd end)
    {
        if (End is not null)
            return;

        End = end;
        _queue.Writer.TryComplete();
        _started.TrySetException(ServerStopping());
    }

    /// <summary>Runs what the stream registered, so it is called without the lock.</summary>
    public void TellDropped() => _dropped.Cancel();

    public static UnavailableException ServerStopping() => new("The server is shutting down; try again in a moment.");
}
