using System.Runtime.CompilerServices;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>
/// One pod's log, read on over broken connections, from one container to the next and over to the file that its node began anew, without a line twice.
/// </summary>
internal sealed class PodLog(KubernetesClient client, ObjectMeta pod, TimeProvider time)
{
    /// <summary>In a row and at once: then somebody else has to say whether there is more.</summary>
    private const int MaxBreaks = 4;

    private static readonly TimeSpan BreakDelay = TimeSpan.FromMilliseconds(300);

    /// <summary>A connection that lasted so long did work.</summary>
    private static readonly TimeSpan GoodConnection = TimeSpan.FromSeconds(10);

    private readonly LogRequest _request = new(pod.Namespace ?? "", pod.Name, AgentPod.ContainerName);
    private readonly LogPosition _position = new();
    private Ending _ending;

    /// <summary>How a connection ended.</summary>
    private enum Ending
    {
        /// <summary>With the log.</summary>
        Whole,

        /// <summary>It failed.</summary>
        Broken,

        /// <summary>The node left the reader at the end of what it had opened: there are lines that it didn't bring.</summary>
        Stalled,
    }

    public string Pod { get; } = pod.Name;

    public DateTimeOffset? Newest => _position.Newest;

    /// <summary>Something that the server has to say about this pod's log.</summary>
    public LogLine Remark(string text) => new(time.Now(), Pod, LogSource.Server, text);

    /// <summary>
    /// What is there and hasn't been read yet, and with <paramref name="follow"/> what comes, until the container ends. Throws what
    /// <see cref="KubernetesClient"/> throws only when it can't be read at all.
    /// </summary>
    /// <param name="follow">Go on until the container ends.</param>
    /// <param name="previous">Of the container before the present one.</param>
    /// <param name="since">Lines before it needn't be there, but may; null: all.</param>
    /// <param name="tail">Of the first reading, at most so many of the newest lines.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<LogLine> ReadAsync(
        bool follow, bool previous, DateTimeOffset? since, int? tail, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var silence = new SilenceWatch(token => NewestThereAsync(since, token), time);
        for (var breaks = 0; breaks <= MaxBreaks; breaks++)
        {
            if (breaks > 0)
                await Task.Delay(BreakDelay * breaks, time, cancellationToken);

            var isFirst = _position.Newest is null;
            if (isFirst && tail is not null)
                _position.BeginInTheMiddle();
            var request = _request with { Follow = follow, Previous = previous, Since = _position.Second ?? since, TailLines = isFirst ? tail : null };
            var overlap = _position.Resume();
            var opened = time.GetTimestamp();
            using var stream = await OpenAsync(request, canWait: follow || breaks > 0, cancellationToken);
            while (await NextAsync(stream, follow ? silence : null, cancellationToken) is { } entry)
            {
                breaks = 0;
                if (overlap.Covers(entry))
                    continue;

                if (overlap.IsTorn && MayMissLinesBefore(entry, silence))
                    yield return new LogLine(entry.Time, Pod, LogSource.Server, LogMarkers.CutUnknown());
                _ending = Ending.Whole;
                _position.Advance(entry);
                yield return new LogLine(entry.Time, Pod, LogSource.Stdout, entry.Text);
            }

            if (_ending == Ending.Whole)
                yield break;
            if (time.GetElapsedTime(opened) > GoodConnection)
                breaks = 0;
        }

        if (!follow)
            yield return Remark(LogMarkers.CutUnknown());
    }

    /// <summary>Of a log that doesn't go on where it was left. Between two lines that are close to each other no whole file is missing.</summary>
    private bool MayMissLinesBefore(LogEntry entry, SilenceWatch silence) =>
        _ending == Ending.Broken || (_ending == Ending.Stalled && !silence.KnewAll && entry.Time - _position.Newest >= SilenceWatch.FilePeriod);

    private async Task<LogStream?> OpenAsync(LogRequest request, bool canWait, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await client.OpenLogAsync(request, cancellationToken);
            if (stream is null)
                _ending = Ending.Whole;
            return stream;
        }
        catch (Exception exception) when (canWait && Faults.IsClusterFault(exception))
        {
            _ending = Ending.Broken;
            return null;
        }
    }

    /// <summary>Null at the end, and where the connection breaks or leaves the reader behind.</summary>
    private async ValueTask<LogEntry?> NextAsync(LogStream? stream, SilenceWatch? silence, CancellationToken cancellationToken)
    {
        if (stream is null)
            return null;

        try
        {
            var next = stream.ReadAsync(cancellationToken);
            if (silence is not null && !next.IsCompleted)
            {
                var coming = next.AsTask();
                if (!await silence.ComesAsync(coming, _position.Newest, cancellationToken))
                    return await GiveUpAsync(stream, coming);
                next = new ValueTask<LogEntry?>(coming);
            }

            var entry = await next;
            if (entry is null)
                _ending = stream.WasCutShort ? Ending.Stalled : Ending.Whole;
            return entry;
        }
        catch (KubernetesConnectionException)
        {
            _ending = Ending.Broken;
            return null;
        }
    }

    /// <summary>What comes at the last moment counts, as everything that comes.</summary>
    private async Task<LogEntry?> GiveUpAsync(LogStream stream, Task<LogEntry?> coming)
    {
        stream.GiveUp();
        try
        {
            var entry = await coming;
            _ending = entry is null ? Ending.Whole : Ending.Stalled;
            return entry;
        }
        catch (KubernetesConnectionException)
        {
            _ending = Ending.Stalled;
            return null;
        }
    }

    /// <summary>Null when there is no line from <paramref name="since"/> on, or it can't be told now.</summary>
    private async Task<DateTimeOffset?> NewestThereAsync(DateTimeOffset? since, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = await client.OpenLogAsync(_request with { TailLines = 1, Since = since }, cancellationToken);
            return stream is null ? null : (await stream.ReadAsync(cancellationToken))?.Time;
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            return null;
        }
    }
}
