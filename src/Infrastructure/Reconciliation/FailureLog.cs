using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>
/// Says what goes wrong with keys, once for each change of cause: a runtime that can't act once for all the keys that wait for it, however
/// many, and everything else once for each key.
/// </summary>
internal sealed class FailureLog(ILogger logger)
{
    private readonly Dictionary<ReconcileKey, string> _causes = [];
    private readonly Dictionary<ReconcileKey, string> _waiting = [];
    private readonly Dictionary<string, int> _waitingFor = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public void Failed(ReconcileKey key, Exception exception, TimeSpan delay)
    {
        lock (_lock)
        {
            if (exception is RuntimeUnavailableException unavailable)
            {
                _causes.Remove(key);
                Wait(key, unavailable);
                return;
            }

            StopWaiting(key);
            if (_causes.TryGetValue(key, out var cause) && cause == exception.Message)
                return;
            _causes[key] = exception.Message;
        }

        if (exception is RuntimeRefusedException refused)
            logger.LogWarning("The runtime refused {Kind} {Id} ({Reason}): {Sentence}", key.Kind, key.Id, refused.Reason, refused.Message);
        else
            logger.LogError(exception, "Reconciling {Kind} {Id} failed; next try in {Delay}", key.Kind, key.Id, delay);
    }

    public void Succeeded(ReconcileKey key)
    {
        lock (_lock)
        {
            _causes.Remove(key);
            StopWaiting(key);
        }
    }

    private void Wait(ReconcileKey key, RuntimeUnavailableException exception)
    {
        if (_waiting.TryGetValue(key, out var reason) && reason == exception.Reason)
            return;

        var keys = _waitingFor[exception.Reason] = _waitingFor.GetValueOrDefault(exception.Reason) + 1;
        StopWaiting(key);
        _waiting[key] = exception.Reason;
        if (keys == 1)
        {
            logger.LogWarning(
                "The runtime can't act now ({Reason}): {Sentence} What has to wait for it is tried again until it works", exception.Reason, exception.Message);
        }
    }

    private void StopWaiting(ReconcileKey key)
    {
        if (!_waiting.Remove(key, out var reason) || --_waitingFor[reason] > 0)
            return;

        _waitingFor.Remove(reason);
        logger.LogInformation("Nothing waits for the runtime any more because of {Reason}", reason);
    }
}
