using StackAgent.Application.Events;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.Events;

/// <summary>
/// The streams of this server and how far the log has been handed out to them. Position and queues change under one lock, so that a stream
/// that begins at a position gets everything after it, and a mark never overtakes an event.
/// </summary>
internal sealed class StreamRegistry(EventStreamOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, OwnersStreams> _owners = [];
    private readonly List<EventSubscription> _starting = [];
    private int _open;
    private int _running;
    private bool _isStopping;

    // The last id that was handed out; null while there is nobody to hand it to.
    private long? _position;

    /// <summary>Streams of all owners.</summary>
    public int OpenCount
    {
        get
        {
            lock (_lock)
                return _open;
        }
    }

    /// <summary>Null when the owner has as many streams as anybody may have.</summary>
    public EventSubscription? Open(EventFilter filter, Func<EventSubscription, CancellationToken, Task<long>> start)
    {
        lock (_lock)
        {
            if (_isStopping)
                throw EventSubscription.ServerStopping();
            if (_open >= options.MaxStreams)
                throw new UnavailableException("This server has as many event streams open as it can serve; try again later.");
            if (!_owners.TryGetValue(filter.OwnerId, out var owner))
                _owners.Add(filter.OwnerId, owner = new OwnersStreams());
            if (owner.Open >= options.MaxStreamsOfOwner)
                return null;

            owner.Open++;
            _open++;
            return new EventSubscription(filter, options.QueueCapacity, this, start);
        }
    }

    /// <summary>Begins at once when the log is being followed, else when <see cref="BeginAt"/> says where.</summary>
    public void Start(EventSubscription stream)
    {
        lock (_lock)
        {
            if (_isStopping)
                stream.Finish(StreamEnd.ServerStopping);
            else if (_position is { } position)
                Run(stream, position);
            else
                _starting.Add(stream);
        }
    }

    public void Close(EventSubscription stream)
    {
        lock (_lock)
        {
            if (stream.IsClosed)
                return;

            stream.IsClosed = true;
            _starting.Remove(stream);
            var owner = _owners[stream.Filter.OwnerId];
            if (owner.Running.Remove(stream))
                _running--;
            _open--;
            if (--owner.Open == 0)
                _owners.Remove(stream.Filter.OwnerId);
        }
    }

    /// <summary>Where to read on; null when the log's end has to be found first. False when nobody wants anything, and then the position is forgotten.</summary>
    public bool IsWanted(out long? position)
    {
        lock (_lock)
        {
            if (_running == 0 && _starting.Count == 0)
                _position = null;
            position = _position;
            return _running > 0 || _starting.Count > 0;
        }
    }

    /// <summary>Everything after this id will be handed out.</summary>
    public void BeginAt(long position)
    {
        lock (_lock)
        {
            _position = position;
            foreach (var stream in _starting)
                Run(stream, position);
            _starting.Clear();
        }
    }

    /// <summary>Hands events out, in their order. Whoever has no room for one is done.</summary>
    public void Publish(IReadOnlyList<EventRecord> events)
    {
        List<EventSubscription> dropped = [];
        lock (_lock)
        {
            foreach (var record in events)
            {
                if (_owners.TryGetValue(record.OwnerId, out var owner))
                    Publish(record, owner, dropped);
            }

            _position = events[^1].Id;
        }

        foreach (var stream in dropped)
            stream.TellDropped();
    }

    public void Mark(EventSubscription stream)
    {
        lock (_lock)
        {
            if (_position is { } position)
                stream.TryQueue(new StreamItem(position, Frame: null));
        }
    }

    /// <summary>Ends every stream, and takes no more.</summary>
    public void FinishAll()
    {
        lock (_lock)
        {
            _isStopping = true;
            foreach (var stream in _owners.Values.SelectMany(owner => owner.Running).Concat(_starting))
                stream.Finish(StreamEnd.ServerStopping);
        }
    }

    private void Run(EventSubscription stream, long position)
    {
        _owners[stream.Filter.OwnerId].Running.Add(stream);
        _running++;
        stream.Begin(position);
    }

    private void Publish(EventRecord record, OwnersStreams owner, List<EventSubscription> dropped)
    {
        StreamItem? item = null;
        for (var i = owner.Running.Count - 1; i >= 0; i--)
        {
            var stream = owner.Running[i];
            if (!stream.Filter.Matches(record))
                continue;

            item ??= new StreamItem(record.Id, ServerSentEvent.Of(record));
            if (stream.TryQueue(item.Value))
                continue;

            stream.Finish(StreamEnd.TooSlow);
            dropped.Add(stream);
            owner.Running.RemoveAt(i);
            _running--;
        }
    }

    private sealed class OwnersStreams
    {
        /// <summary>Places taken, by streams that wait for their start and that are being ended too.</summary>
        public int Open { get; set; }

        public List<EventSubscription> Running { get; } = [];
    }
}
