using System.Collections.Concurrent;
using System.Data.Common;
using StackAgent.Domain.Common;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// What the database said a moment ago about credentials, so that a request needn't ask it. An answer is used for
/// <see cref="FreshCacheLimits.MaxAge"/> after the question was put, never longer; those in use are asked for again in the background, all
/// of them in one question, so that requests don't wait. What isn't known is asked for once however many requests want it, and together
/// with whatever else is wanted meanwhile. Holds a bounded number of answers, whatever comes.
/// </summary>
/// <param name="load">Asks the database about some keys. The answer lacks those that don't count.</param>
/// <param name="time">Measures ages.</param>
/// <param name="logger">Is told once when the database stops answering, and once when it answers again.</param>
/// <param name="limits">How much, and for how long.</param>
internal sealed class FreshCache<TKey, TValue>(
    Func<IReadOnlyCollection<TKey>, CancellationToken, Task<IReadOnlyDictionary<TKey, TValue>>> load,
    TimeProvider time,
    ILogger logger,
    FreshCacheLimits limits) : IAsyncDisposable
    where TKey : struct, IEquatable<TKey>
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();

    // One place for each hash: of two refusals with one place the later one stays. So it is bounded without keeping account.
    private readonly Refusal?[] _refusals = new Refusal?[limits.Refusals];

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Dictionary<TKey, Flight> _waiting = [];
    private Dictionary<TKey, Flight> _asked = [];
    private Task _asking = Task.CompletedTask;
    private bool _isAsking;
    private int _forgotten;
    private long _lastSweep = time.GetTimestamp();
    private volatile bool _isAway;

    /// <summary>How many answers are kept.</summary>
    public int Count => _entries.Count;

    /// <summary>What the key stands for; null when it doesn't count. Throws <see cref="UnavailableException"/> when that can't be found out.</summary>
    public ValueTask<TValue?> FindAsync(TKey key, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(key, out var entry) && time.GetElapsedTime(entry.AskedAt) < limits.MaxAge)
        {
            entry.MarkUsed();
            return new ValueTask<TValue?>(entry.Value);
        }

        return Volatile.Read(ref _refusals[PlaceOf(key)]) is { } refusal
            && refusal.Key.Equals(key)
            && time.GetElapsedTime(refusal.AskedAt) < limits.RefusalAge
                ? default
                : new ValueTask<TValue?>(LoadAsync(key, cancellationToken));
    }

    /// <summary>Forgets answers. No request that begins after this returns gets one that was asked for before.</summary>
    public void Forget(Func<TValue, bool> which)
    {
        lock (_lock)
        {
            foreach (var (key, entry) in _entries)
            {
                if (which(entry.Value))
                    _entries.TryRemove(key, out _);
            }

            // What is being asked for right now may be answered from before: whoever waits for it began earlier and may have it, nobody else.
            _forgotten++;
            _asked = [];
            Array.Clear(_refusals);
        }
    }

    /// <summary>Asks anew for all answers that were used since they were asked for. Call it well within <see cref="FreshCacheLimits.MaxAge"/>, again and again.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var used = _entries.Where(entry => entry.Value.TakeUsed()).ToList();
        foreach (var batch in used.Chunk(limits.Batch))
        {
            var askedAt = time.GetTimestamp();
            var answer = await AskAsync([.. batch.Select(entry => entry.Key)], cancellationToken);
            foreach (var entry in batch)
            {
                if (answer.ContainsKey(entry.Key))
                    entry.Value.AskedAt = askedAt;
                else
                    _entries.TryRemove(entry);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The container disposes what it knows under two names twice.
        if (_stopping.IsCancellationRequested)
            return;

        await _stopping.CancelAsync();
        await _asking;
        _stopping.Dispose();
    }

    private async Task<TValue?> LoadAsync(TKey key, CancellationToken cancellationToken)
    {
        Flight? flight;
        lock (_lock)
        {
            if (!_waiting.TryGetValue(key, out flight) && !_asked.TryGetValue(key, out flight))
            {
                if (_waiting.Count >= limits.Waiting || _stopping.IsCancellationRequested)
                    throw new UnavailableException("Too many credentials are waiting to be checked; try again in a moment.");

                flight = new Flight();
                _waiting.Add(key, flight);
                if (!_isAsking)
                {
                    _isAsking = true;
                    using (ExecutionContext.SuppressFlow()) // It serves all requests, not the one that happens to start it.
                        _asking = Task.Run(AskForWaitingAsync, CancellationToken.None);
                }
            }
        }

        return await flight.Task.WaitAsync(cancellationToken);
    }

    private async Task AskForWaitingAsync()
    {
        while (TakeWaiting(out var forgotten) is { Count: > 0 } flights)
        {
            try
            {
                var askedAt = time.GetTimestamp();
                var answer = await AskAsync(flights.Keys, _stopping.Token);
                Keep(flights, answer, askedAt, forgotten);
                foreach (var (key, flight) in flights)
                    flight.TrySetResult(answer.GetValueOrDefault(key));
            }
            catch (Exception exception)
            {
                lock (_lock)
                    _asked = [];
                foreach (var flight in flights.Values)
                {
                    flight.TrySetException(exception);
                    _ = flight.Task.Exception; // Nobody may be waiting any more.
                }
            }
        }
    }

    private Dictionary<TKey, Flight> TakeWaiting(out int forgotten)
    {
        lock (_lock)
        {
            forgotten = _forgotten;
            var taken = _waiting;
            if (taken.Count > limits.Batch)
            {
                taken = taken.Take(limits.Batch).ToDictionary();
                foreach (var key in taken.Keys)
                    _waiting.Remove(key);
            }
            else
            {
                _waiting = [];
            }

            _isAsking = taken.Count > 0;
            _asked = taken;
            return taken;
        }
    }

    private void Keep(Dictionary<TKey, Flight> flights, IReadOnlyDictionary<TKey, TValue> answer, long askedAt, int forgotten)
    {
        lock (_lock)
        {
            if (forgotten != _forgotten)
                return;

            _asked = [];
            foreach (var key in flights.Keys)
            {
                if (!answer.TryGetValue(key, out var value))
                    Volatile.Write(ref _refusals[PlaceOf(key)], new Refusal(key, askedAt));
                else if (_entries.ContainsKey(key) || _entries.Count < limits.Capacity || MakeRoom())
                    _entries[key] = new Entry(value, askedAt);
            }
        }
    }

    /// <summary>Drops what is too old to be used. Where all of it is in use the newcomer isn't kept: a flood of good credentials displaces nothing either.</summary>
    private bool MakeRoom()
    {
        if (time.GetElapsedTime(_lastSweep) < limits.RefusalAge)
            return false;

        _lastSweep = time.GetTimestamp();
        foreach (var entry in _entries)
        {
            if (time.GetElapsedTime(entry.Value.AskedAt) >= limits.MaxAge)
                _entries.TryRemove(entry);
        }

        return _entries.Count < limits.Capacity;
    }

    private async Task<IReadOnlyDictionary<TKey, TValue>> AskAsync(IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limits.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var answer = await load(keys, either.Token);
            if (_isAway)
                logger.LogInformation("Credentials can be checked again");
            _isAway = false;
            return answer;
        }
        catch (Exception exception) when (IsAway(exception) || either.IsCancellationRequested)
        {
            if (!_isAway && !cancellationToken.IsCancellationRequested)
            {
                _isAway = true;
                logger.LogError(exception, "Credentials can't be checked; requests are refused until the database answers");
            }

            throw new UnavailableException("The credentials can't be checked: the database doesn't answer. Try again in a moment.", exception);
        }
    }

    /// <summary>A lookup by index has no other reason to fail in the database than the database.</summary>
    private static bool IsAway(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is DbException or TimeoutException or IOException)
                return true;
        }

        return false;
    }

    private int PlaceOf(TKey key) => (int)((uint)key.GetHashCode() % (uint)_refusals.Length);

    private sealed class Entry(TValue value, long askedAt)
    {
        private long _askedAt = askedAt;
        private bool _isUsed;

        public TValue Value { get; } = value;

        public long AskedAt
        {
            get => Volatile.Read(ref _askedAt);
            set => Volatile.Write(ref _askedAt, value);
        }

        /// <summary>Writes only once between two refreshes: the memory of a hot entry isn't passed between processors for nothing.</summary>
        public void MarkUsed()
        {
            if (!Volatile.Read(ref _isUsed))
                Volatile.Write(ref _isUsed, value: true);
        }

        public bool TakeUsed() => Interlocked.Exchange(ref _isUsed, false);
    }

    private sealed record Refusal(TKey Key, long AskedAt);

    private sealed class Flight() : TaskCompletionSource<TValue?>(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>How much a <see cref="FreshCache{TKey, TValue}"/> keeps, and for how long.</summary>
internal sealed record FreshCacheLimits
{
    /// <summary>
    /// An answer is used until so long after the question. What ends a credential counts everywhere after that time, and the rest of the
    /// five seconds that are promised is for the requests that were let in before.
    /// </summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How often answers in use are asked for again.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>So long a refusal stands; a credential made on another server works here by then.</summary>
    public TimeSpan RefusalAge { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After that a question to the database counts as unanswered.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Answers at most: about a kilobyte each.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>Places for refusals.</summary>
    public int Refusals { get; init; } = 1024;

    /// <summary>Keys in one question.</summary>
    public int Batch { get; init; } = 500;

    /// <summary>Keys that wait to be asked for, at most.</summary>
    public int Waiting { get; init; } = 10_000;
}
