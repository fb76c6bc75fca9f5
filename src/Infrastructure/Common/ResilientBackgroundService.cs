using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StackAgent.Infrastructure.Common;

/// <summary>A background service that is one <see cref="ResilientLoop"/>.</summary>
public abstract class ResilientBackgroundService : BackgroundService
{
    private readonly ResilientLoop _loop;

    /// <summary>Prepares the loop.</summary>
    /// <param name="time">Measures the back-off.</param>
    /// <param name="logger">Gets each failure once.</param>
    /// <param name="maxDelay">The cap of the back-off; half a minute when null.</param>
    protected ResilientBackgroundService(TimeProvider time, ILogger logger, TimeSpan? maxDelay = null)
    {
        _loop = new ResilientLoop(GetType().Name, time, logger, maxDelay);
    }

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Everything before the first await would hold up the server's start.
        await Task.Yield();
        await _loop.RunAsync(RunAsync, stoppingToken);
    }

    /// <summary>One run of the loop; returns or throws when it has to be started again.</summary>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Something worked: the next failure is a new one, and the back-off starts over.</summary>
    protected void Progress() => _loop.Progress();
}
