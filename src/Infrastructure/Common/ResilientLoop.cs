using Microsoft.Extensions.Logging;

namespace StackAgent.Infrastructure.Common;

/// <summary>
/// Work that outlives its failures: run again after a jittered back-off that doubles up to a cap and starts over after progress; a failure
/// is logged once for each change of cause, not once for each try.
/// </summary>
internal sealed class ResilientLoop(string name, TimeProvider time, ILogger logger, TimeSpan? maxDelay = null)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan DefaultMaxDelay = TimeSpan.FromSeconds(30);

    private TimeSpan _delay = FirstDelay;
    private string? _lastCause;

    /// <summary>Runs <paramref name="work"/> again and again; returns when <paramref name="stoppingToken"/> says so.</summary>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await work(stoppingToken);
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

            _delay = Backoff.Next(_delay, maxDelay ?? DefaultMaxDelay);
        }
    }

    /// <summary>Something worked: the next failure is a new one, and the back-off starts over.</summary>
    public void Progress()
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
        logger.LogError(exception, "{Loop} failed and will be tried again until it works", name);
    }
}
