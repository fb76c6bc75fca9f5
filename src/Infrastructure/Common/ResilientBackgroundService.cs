using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StackAgent.Infrastructure.Common;

/// <summary>
/// A background loop that outlives its failures: run again after a jittered back-off that doubles up to a cap and starts over after
/// progress; a failure is logged once for each change of cause, not once for each try.
/// </summary>
public abstract class ResilientBackgroundService(TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    private TimeSpan _delay = FirstDelay;
    private string? _lastCause;

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Everything before the first await would hold up the server's start.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
                Progress();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogOnce(exception);
            }

            try
            {
                await Task.Delay(Backoff.Jitter(_delay), time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            _delay = Backoff.Next(_delay, MaxDelay);
        }
    }

    /// <summary>One run of the loop; returns or throws when it has to be started again.</summary>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Something worked: the next failure is a new one, and the back-off starts over.</summary>
    protected void Progress()
    {
        _delay = FirstDelay;
        _lastCause = null;
    }

    private void LogOnce(Exception exception)
    {
        var cause = $"{exception.GetType().FullName}: {exception.Message}";
        if (cause == _lastCause)
            return;

        _lastCause = cause;
        logger.LogError(exception, "{Service} failed and will be tried again until it works", GetType().Name);
    }
}
