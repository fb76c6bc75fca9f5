using System.Threading.Channels;

namespace StackAgent.Infrastructure.Events;

/// <summary>Tells whoever follows the event log in this process that there is something new to read. Whoever commits events calls it afterwards.</summary>
public interface IEventSignal
{
    /// <summary>Costs next to nothing, and less when nobody has listened since the last call.</summary>
    void Set();
}

/// <summary>Wakes the followers, or leaves that to the database where it tells of every server's commits.</summary>
internal sealed class EventSignal : IEventSignal
{
    private readonly Lock _lock = new();
    private volatile EventFollower[] _followers = [];
    private volatile bool _isToldByDatabase;

    /// <summary>While the database itself tells of every commit, this process's own are not told twice.</summary>
    public bool IsToldByDatabase
    {
        get => _isToldByDatabase;
        set => _isToldByDatabase = value;
    }

    /// <summary>A new follower, for as long as the process lives.</summary>
    public EventFollower Follow()
    {
        var follower = new EventFollower();
        lock (_lock)
            _followers = [.. _followers, follower];
        return follower;
    }

    public void Set()
    {
        if (!_isToldByDatabase)
            Wake();
    }

    public void Wake()
    {
        foreach (var follower in _followers)
            follower.Wake();
    }
}

/// <summary>One reader of the log. Remembers one call until it waits, however many there were.</summary>
internal sealed class EventFollower
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Wake() => _calls.Writer.TryWrite(true);

    /// <summary>Returns at once when there was a call since the last wait. For one waiter.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _calls.Reader.ReadAsync(cancellationToken);
}
