using System.Runtime.CompilerServices;
using System.Threading.Channels;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>
/// Work by key: a key waits at most once, is never handed to two workers at the same time, and comes again after it is done when it was
/// added meanwhile. Failed keys come back after a back-off of their own, so that one that always fails holds up no other.
/// </summary>
internal sealed class KeyedWorkQueue<TKey>(TimeProvider time, TimeSpan firstDelay, TimeSpan maxDelay) : IDisposable
    where TKey : notnull
{
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly Dictionary<TKey, State> _states = [];
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>Keys that wait for a worker, without those that wait for their time.</summary>
    public int ReadyCount => _ready.Reader.Count;

    /// <summary>Hands the key to a worker as soon as one is free; cuts a wait short.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            if (_disposed)
                return;

            var state = StateOf(key);
            state.StopTimer();
            if (state.IsWaiting)
                return;

            state.IsWaiting = true;
            if (!state.IsRunning)
                _ready.Writer.TryWrite(key);
        }
    }

    /// <summary>Adds the key unless it waits, is being worked on or has a time of its own to come back at, which stays.</summary>
    public void AddIfIdle(TKey key)
    {
        lock (_lock)
        {
            if (!_states.ContainsKey(key))
                Add(key);
        }
    }

    /// <summary>The worker is done with the key, which comes again after <paramref name="again"/> (null: only when it is added).</summary>
    public void Done(TKey key, TimeSpan? again)
    {
        lock (_lock)
        {
            if (!_states.TryGetValue(key, out var state))
                return;
            state.Failures = 0;
            Finish(key, state, again);
        }
    }

    /// <summary>
    /// The worker failed: the key comes again after its back-off, and not before <paramref name="atLeast"/> has passed. Returns that delay.
    /// </summary>
    public TimeSpan Failed(TKey key, TimeSpan? atLeast = null)
    {
        lock (_lock)
        {
            var delay = firstDelay;
            if (!_states.TryGetValue(key, out var state))
                return delay;

            for (var failure = 0; failure < state.Failures && delay < maxDelay; failure++)
                delay = Backoff.Next(delay, maxDelay);

            state.Failures++;
            delay = Backoff.Jitter(delay);

            // Those who were told the same time don't come back together either.
            if (atLeast > delay)
                delay = atLeast.Value + Backoff.Jitter(firstDelay);
            Finish(key, state, delay);
            return delay;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var state in _states.Values)
                state.StopTimer();
            _states.Clear();
            _ready.Writer.TryComplete();
        }
    }

    /// <summary>Keys to work on, for any number of workers; each key taken ends with <see cref="Done"/> or <see cref="Failed"/>.</summary>
    public async IAsyncEnumerable<TKey> TakeAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var key in _ready.Reader.ReadAllAsync(cancellationToken))
        {
            lock (_lock)
            {
                if (!_states.TryGetValue(key, out var state))
                    continue;
                state.IsWaiting = false;
                state.IsRunning = true;
            }

            yield return key;
        }
    }

    private void Finish(TKey key, State state, TimeSpan? again)
    {
        state.IsRunning = false;
        if (state.IsWaiting)
            _ready.Writer.TryWrite(key);
        else if (again is { } delay)
            state.Timer = time.CreateTimer(_ => Add(key), state: null, delay, Timeout.InfiniteTimeSpan);
        else
            _states.Remove(key);
    }

    private State StateOf(TKey key)
    {
        if (!_states.TryGetValue(key, out var state))
            _states[key] = state = new State();
        return state;
    }

    private sealed class State
    {
        public bool IsWaiting { get; set; }
        public bool IsRunning { get; set; }
        public int Failures { get; set; }
        public ITimer? Timer { get; set; }

        public void StopTimer()
        {
            Timer?.Dispose();
            Timer = null;
        }
    }
}
