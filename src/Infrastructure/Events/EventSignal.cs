using StackAgent.Infrastructure.Common;

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
    private volatile WakeSignal[] _followers = [];
    private volatile bool _isToldByDatabase;

    /// <summary>While the database itself tells of every commit, this process's own are not told twice.</summary>
    public bool IsToldByDatabase
    {
        get => _isToldByDatabase;
        set => _isToldByDatabase = value;
    }

    /// <summary>What wakes a new follower, for as long as the process lives.</summary>
    public WakeSignal Follow()
    {
        var follower = new WakeSignal();
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
            follower.Set();
    }
}
