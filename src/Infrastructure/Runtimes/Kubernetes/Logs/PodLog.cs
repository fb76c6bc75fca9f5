using System.Runtime.CompilerServices;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>One pod's log, read on over broken connections and from one container to the next without a line twice.</summary>
internal sealed class PodLog(KubernetesClient client, ObjectMeta pod, TimeProvider time)
{
    /// <summary>In a row and at once: then somebody else has to say whether there is more.</summary>
    private const int MaxBreaks = 4;

    private static readonly TimeSpan BreakDelay = TimeSpan.FromMilliseconds(300);

    /// <summary>A connection that lasted so long did work.</summary>
    private static readonly TimeSpan GoodConnection = TimeSpan.FromSeconds(10);

    private readonly LogRequest _request = new(pod.Namespace ?? "", pod.Name, AgentPod.ContainerName);
    private readonly LogPosition _position = new();
    private bool _wasBroken;

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
            while (await NextAsync(stream, cancellationToken) is { } entry)
            {
                breaks = 0;
                if (overlap.Covers(entry))
                    continue;

                if (overlap.IsTorn && _wasBroken)
                    yield return new LogLine(entry.Time, Pod, LogSource.Server, LogMarkers.CutUnknown());
                _wasBroken = false;
                _position.Advance(entry);
                yield return new LogLine(entry.Time, Pod, LogSource.Stdout, entry.Text);
            }

            if (!_wasBroken)
                yield break;
            if (time.GetElapsedTime(opened) > GoodConnection)
                breaks = 0;
        }

        if (!follow)
            yield return Remark(LogMarkers.CutUnknown());
    }

    private async Task<LogStream?> OpenAsync(LogRequest request, bool canWait, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await client.OpenLogAsync(request, cancellationToken);
            if (stream is null)
                _wasBroken = false;
            return stream;
        }
        catch (Exception exception) when (canWait && Faults.IsClusterFault(exception))
        {
            _wasBroken = true;
            return null;
        }
    }

    /// <summary>Null at the end, and where the connection breaks.</summary>
    private async ValueTask<LogEntry?> NextAsync(LogStream? stream, CancellationToken cancellationToken)
    {
        if (stream is null)
            return null;

        try
        {
            var entry = await stream.ReadAsync(cancellationToken);
            if (entry is null)
                _wasBroken = false;
            return entry;
        }
        catch (KubernetesConnectionException)
        {
            _wasBroken = true;
            return null;
        }
    }
}
