using System.Threading.Channels;

namespace StackAgent.Infrastructure.Common;

/// <summary>Wakes one loop of this process. Remembers one call until the loop waits, however many there were.</summary>
internal class WakeSignal
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _calls.Writer.TryWrite(true);

    /// <summary>Returns at once when there was a call since the last wait. For one waiter.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _calls.Reader.ReadAsync(cancellationToken);

    /// <summary>The same, but no longer than <paramref name="longest"/>.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        await using (time.CreateTimer(_ => Set(), state: null, longest, Timeout.InfiniteTimeSpan))
            await WaitAsync(cancellationToken);
    }
}
