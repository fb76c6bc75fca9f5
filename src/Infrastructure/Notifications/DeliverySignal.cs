using System.Threading.Channels;

namespace StackAgent.Infrastructure.Notifications;

/// <summary>Tells the workers of this process that there are deliveries to make. Remembers one call until somebody waits, however many there were.</summary>
public sealed class DeliverySignal
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _calls.Writer.TryWrite(true);

    /// <summary>Returns at once when there was a call since the last wait. For one waiter.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _calls.Reader.ReadAsync(cancellationToken);
}
