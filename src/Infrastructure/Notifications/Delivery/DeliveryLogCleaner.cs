using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Application.Notifications;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Sessions;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>
/// Deletes what the log of deliveries doesn't keep, a few rows at a time. Every server does it; deleting what another one has just deleted is
/// no work.
/// </summary>
internal sealed class DeliveryLogCleaner(
    NotificationOptions options, IServiceScopeFactory scopes, TimeProvider time, ILogger<DeliveryLogCleaner> logger)
    : ResilientBackgroundService(time, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time = time;

    /// <summary>Deletes all that is too old.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var log = scope.ServiceProvider.GetRequiredService<DeliveryLog>();
        var cutoff = _time.Now() - options.Retention;
        await _time.RepeatAsync(() => log.DeleteOldAsync(cutoff, cancellationToken), cancellationToken);
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await CleanAsync(cancellationToken);
            Progress();
            await Task.Delay(Interval, _time, cancellationToken);
        }
    }
}
