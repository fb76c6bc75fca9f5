namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>
/// Tells a log that says nothing from one that isn't passed on. A kubelet that turns a log over leaves a follower who is behind at the end of the old
/// file, before Kubernetes 1.26 at least: the connection stays open and brings nothing any more. So the log is asked for its newest line when it has been
/// silent for <see cref="First"/>, and again each time after twice as long.
/// </summary>
/// <param name="newestAsync">When the newest line that is there was written; null: it can't be told.</param>
/// <param name="time">The clock for the silence.</param>
internal sealed class SilenceWatch(Func<CancellationToken, Task<DateTimeOffset?>> newestAsync, TimeProvider time)
{
    /// <summary>Between two looks at a log that stays silent; less than <see cref="FilePeriod"/>.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    /// <summary>What is on its way has arrived after this.</summary>
    private static readonly TimeSpan Transit = TimeSpan.FromSeconds(1);

    private TimeSpan _patience = First;
    private long? _knewAll;

    /// <summary>A log is looked at when it has been silent for so long.</summary>
    public static TimeSpan First { get; } = TimeSpan.FromSeconds(3);

    /// <summary>No more often does a node begin a new file.</summary>
    public static TimeSpan FilePeriod { get; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether everything had come a moment before what came next did not: then it can be in no more than one file that was begun since, and none is missing.
    /// </summary>
    public bool KnewAll { get; private set; }

    /// <summary>Waits for what comes next. False when it doesn't, although there are lines after <paramref name="known"/>.</summary>
    /// <param name="next">What comes.</param>
    /// <param name="known">When the newest line that has come was written.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<bool> ComesAsync(Task next, DateTimeOffset? known, CancellationToken cancellationToken)
    {
        while (!await EndsWithinAsync(next, _patience, cancellationToken))
        {
            _patience = _patience * 2 < Longest ? _patience * 2 : Longest;
            var look = time.GetTimestamp();
            if (await newestAsync(cancellationToken) is not { } newest)
                continue;

            if (newest <= known)
            {
                _knewAll = look;
                continue;
            }

            KnewAll = _knewAll is { } before && time.GetElapsedTime(before) < FilePeriod;
            if (!await EndsWithinAsync(next, Transit, cancellationToken))
                return false;
        }

        (_patience, _knewAll) = (First, null);
        return true;
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(task, Task.Delay(limit, time, waiting.Token));
        await waiting.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return task.IsCompleted;
    }
}
