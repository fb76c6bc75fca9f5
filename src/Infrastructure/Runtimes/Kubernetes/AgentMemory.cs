namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What is remembered of one agent between two looks.</summary>
internal sealed class AgentMemory
{
    private readonly Lock _lock = new();
    private bool _isDeviating;
    private bool _isSecretMissing;
    private string? _applied;
    private long? _differsSince;
    private long? _healedAt;
    private long? _secretMarkedAt;
    private long? _tidiedAt;

    public (string Key, IReadOnlyList<string> Lines)? Log { get; set; }

    public bool IsDeviating
    {
        get
        {
            lock (_lock)
                return _isDeviating;
        }
    }

    public void NoteApplied(string digest)
    {
        lock (_lock)
            (_applied, _differsSince) = (digest, null);
    }

    public void MarkDeviating()
    {
        lock (_lock)
            _isDeviating = true;
    }

    /// <summary>Marks it as deviating when it has been for so long. Null: it isn't, or is marked; else how long to wait.</summary>
    public TimeSpan? Compare(string? found, TimeProvider time, TimeSpan interval)
    {
        lock (_lock)
        {
            if (_applied is null || found == _applied)
            {
                _differsSince = null;
                return null;
            }

            _differsSince ??= time.GetTimestamp();
            if (interval - time.GetElapsedTime(_differsSince.Value) is { Ticks: > 0 } left)
                return left;

            _differsSince = null;
            _isDeviating = true;
            return null;
        }
    }

    /// <summary>False when it was marked less than an interval ago.</summary>
    public bool TryMarkSecretMissing(TimeProvider time, TimeSpan interval)
    {
        lock (_lock)
        {
            if (_secretMarkedAt is { } markedAt && time.GetElapsedTime(markedAt) < interval)
                return false;

            _secretMarkedAt = time.GetTimestamp();
            _isSecretMissing = true;
            return true;
        }
    }

    /// <summary>False when that was less than an interval ago.</summary>
    public bool TryTidy(TimeProvider time, TimeSpan interval)
    {
        lock (_lock)
        {
            if (_tidiedAt is { } tidiedAt && time.GetElapsedTime(tidiedAt) < interval)
                return false;

            _tidiedAt = time.GetTimestamp();
            return true;
        }
    }

    public bool TakeSecretMissing()
    {
        lock (_lock)
        {
            var wasMissing = _isSecretMissing;
            _isSecretMissing = false;
            return wasMissing;
        }
    }

    /// <summary>Null when it may be put back now, else how long that has to wait.</summary>
    public TimeSpan? TryHeal(TimeProvider time, TimeSpan interval)
    {
        lock (_lock)
        {
            if (_healedAt is { } healedAt && interval - time.GetElapsedTime(healedAt) is { Ticks: > 0 } left)
                return left;

            _isDeviating = false;
            _healedAt = time.GetTimestamp();
            return null;
        }
    }
}
