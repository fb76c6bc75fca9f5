using System.Threading.Channels;

namespace StackAgent.Infrastructure.Events;

/// <summary>Tells the event streams of this process that there is something new to read. Whoever commits events calls it afterwards.</summary>
public interface IEventSignal
{
    /// <summary>Costs next to nothing, and less when nobody has listened since the last call.</summary>
    void Set();
}

/// <summary>Wakes the hub. Remembers one call until it waits, however many there were.</summary>
internal sealed class EventSignal : IEventSignal
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private volatile bool _isToldByDatabase;

    /// <summary>While the database itself tells of every commit, this process's own are not told twice.</summary>
    public bool IsToldByDatabase
    {
        get => _isToldByDatabase;
        set => _isToldByDatabase = value;
    }

    public void Set()
    {
        if (!_isToldByDatabase)
            Wake();
    }

    public void Wake() => _calls.Writer.TryWrite(true);

    /// <summary>Returns at once when there was a call since the last wait. For one waiter.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _calls.Reader.ReadAsync(cancellationToken);
}
