using System.Threading.Channels;

namespace StackAgent.Infrastructure.Events;

/// <summary>Tells the event streams of this process that there is something new to read. Whoever commits events calls it afterwards.</summary>
public interface IEventSignal
{
    /// <summary>Costs next to nothing, and less when nobody has listened since the last call.</summary>
    void Set();
}

/// <summary>Remembers one call until somebody waits for it, however many there were.</summary>
internal sealed class EventSignal : IEventSignal
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _calls.Writer.TryWrite(true);

    /// <summary>Returns at once when it was set since the last wait. For one waiter.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _calls.Reader.ReadAsync(cancellationToken);
}
