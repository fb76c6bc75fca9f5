using Microsoft.Extensions.Logging;
using StackAgent.Application.Deployment;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>Says, once, when everything that the first full pass went through has been worked on: from then on what happened while no server ran is dealt with.</summary>
internal sealed class FirstPass(TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly long _since = time.GetTimestamp();
    private HashSet<ReconcileKey>? _left;
    private int _stacks;
    private int _agents;
    private int _failures;

    /// <summary>To be called before the keys are handed to workers; only the first call counts.</summary>
    public void Begin(IReadOnlyCollection<ReconcileKey> keys)
    {
        lock (_lock)
        {
            if (_left is not null)
                return;

            _left = [.. keys];
            _stacks = keys.Count(key => key.Kind == ReconcileKind.Stack);
            _agents = keys.Count - _stacks;
            SayIfDone();
        }
    }

    public void Worked(ReconcileKey key, bool failed)
    {
        lock (_lock)
        {
            if (_left?.Remove(key) != true)
                return;

            if (failed)
                _failures++;
            SayIfDone();
        }
    }

    private void SayIfDone()
    {
        if (_left is { Count: 0 })
        {
            logger.LogInformation(
                "First full pass done: {Stacks} stacks and {Agents} agents in {Seconds:0.0} s, {Failures} of them to be tried again",
                _stacks, _agents, time.GetElapsedTime(_since).TotalSeconds, _failures);
        }
    }
}
