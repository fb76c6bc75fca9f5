using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>
/// Keeps the end of the log of each container that ends: of a crashed one when the next has taken its place, of one whose pod is being deleted by
/// reading along to its end, since after that nobody has it. Only the server that leads does so.
/// </summary>
/// <param name="client">Of the cluster.</param>
/// <param name="kept">Where it is put.</param>
/// <param name="isWanted">Whether an agent's logs are worth keeping: not of one that is being removed.</param>
/// <param name="time">The clock of delays.</param>
/// <param name="logger">Hears of what couldn't be kept.</param>
internal sealed class LogKeeper(KubernetesClient client, KeptLogs kept, Func<AgentRef, bool> isWanted, TimeProvider time, ILogger logger)
{
    /// <summary>A container that ends takes one for as long as it takes to end.</summary>
    private const int Workers = 16;

    /// <summary>A line in a file has no fewer bytes: more lines than this are not among the last bytes.</summary>
    private const int LeastLineBytes = 36;

    private const int TailLines = KeptLogs.MaxBytes / LeastLineBytes;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromHours(1);

    /// <summary>How long a reader waits for what has just ended.</summary>
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromSeconds(5);

    private readonly Channel<Ending> _endings = Channel.CreateUnbounded<Ending>();

    /// <summary>Of pods that are there: what is being kept, or is kept.</summary>
    private readonly ConcurrentDictionary<EndingKey, TaskCompletionSource> _known = [];
    private volatile bool _isKeeping;

    /// <summary>Keeps logs until it is cancelled, beginning with those of all pods that there are; returns then.</summary>
    public async Task RunAsync(ClusterView view, CancellationToken cancellationToken)
    {
        _isKeeping = true;
        try
        {
            foreach (var (agent, pod) in view.Pods())
                PodChanged(agent, old: null, pod);
            await Task.WhenAll(
                Enumerable.Range(0, Workers).Select(_ => WorkAsync(cancellationToken)).Append(SweepAsync(() => view.Inventory().Agents, cancellationToken)));
        }
        finally
        {
            _isKeeping = false;
            Abandon();
        }
    }

    /// <summary>Hears of a change of a pod; returns at once.</summary>
    public void PodChanged(AgentRef agent, Pod? old, Pod? @new)
    {
        if (!_isKeeping)
            return;

        if (@new is null)
        {
            // Whatever is still read of it goes on.
            foreach (var key in _known.Where(known => known.Key.PodUid == old?.Metadata.Uid && known.Value.Task.IsCompleted).Select(known => known.Key))
                _known.TryRemove(key, out _);
            return;
        }

        if (AgentPod.StatusOf(@new) is not { } container || !isWanted(agent))
            return;

        if (container.LastState?.Terminated is { ContainerId: { Length: > 0 } previous } ended && !(ended.FinishedAt < time.GetUtcNow() - KeptLogs.MaxAge))
            Add(new Ending(agent, @new.Metadata, previous, ended, IsPrevious: true));
        var isEnding = @new.Metadata.DeletionTimestamp is not null || @new.Status?.Phase is "Failed" or "Succeeded";
        if (isEnding && container.ContainerId is { Length: > 0 } present && container.State?.Waiting is null)
            Add(new Ending(agent, @new.Metadata, present, container.State?.Terminated, IsPrevious: false));
    }

    /// <summary>Waits a little for what is being kept of containers that have ended already.</summary>
    public async Task SettleAsync(IReadOnlyCollection<Pod> pods, CancellationToken cancellationToken)
    {
        var uids = pods.Select(pod => pod.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        var waited = _known.Where(known => known.Key.IsPrevious && uids.Contains(known.Key.PodUid)).Select(known => known.Value.Task);
        try
        {
            await Task.WhenAll(waited).WaitAsync(ReaderPatience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Then without it.
        }
    }

    /// <summary>The next leader begins with what is still there; nobody here waits for it.</summary>
    private void Abandon()
    {
        while (_endings.Reader.TryRead(out _))
        {
            // Nobody reads it any more.
        }

        foreach (var key in _known.Keys)
        {
            if (_known.TryRemove(key, out var left))
                left.TrySetResult();
        }
    }

    private void Add(Ending ending)
    {
        if (_known.TryAdd(ending.Key, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)))
            _endings.Writer.TryWrite(ending);
    }

    private async Task SweepAsync(Func<IEnumerable<AgentRef>> agents, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SweepInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var agent in agents())
                    Sweep(agent);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The term ends.
        }
    }

    private void Sweep(AgentRef agent)
    {
        try
        {
            kept.Sweep(agent);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("Old logs of agent {AgentId} couldn't be removed ({Cause})", agent.AgentId, exception.Message);
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var ending in _endings.Reader.ReadAllAsync(cancellationToken))
            {
                try
                {
                    if (isWanted(ending.Agent) && !kept.Holds(ending.Agent, ending.Pod.Name, ending.ContainerId))
                        await KeepAsync(ending, cancellationToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    logger.LogWarning("The end of the log of pod {Pod} couldn't be kept ({Cause})", ending.Pod.Name, exception.Message);
                }
                finally
                {
                    if (_known.TryGetValue(ending.Key, out var done))
                        done.TrySetResult();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The term ends. A crashed container's log is still there when another begins.
        }
    }

    private async Task KeepAsync(Ending ending, CancellationToken cancellationToken)
    {
        var log = new PodLog(client, ending.Pod, time);
        var lines = new Queue<LogLine>();
        var (bytes, cut) = (0, 0L);
        try
        {
            await foreach (var line in log.ReadAsync(follow: !ending.IsPrevious, ending.IsPrevious, since: null, TailLines, cancellationToken))
            {
                lines.Enqueue(line);
                bytes += SizeOf(line);
                while (bytes > KeptLogs.MaxBytes)
                {
                    var size = SizeOf(lines.Dequeue());
                    bytes -= size;
                    cut += size;
                }
            }
        }
        catch (Exception exception) when (lines.Count > 0 && Faults.IsClusterFault(exception))
        {
            // A part of it is better than nothing.
            lines.Enqueue(log.Remark(LogMarkers.CutUnknown()));
        }

        if (lines.Count == 0)
            return;

        List<LogLine> all = [.. lines];
        if (cut > 0)
            all.Insert(0, all[0] with { Source = LogSource.Server, Text = LogMarkers.Cut(cut) });
        all.Add(all[^1] with { Source = LogSource.Server, Text = LogRemarks.Ended(ending.How) });
        await kept.WriteAsync(ending.Agent, ending.Pod.Name, ending.ContainerId, all, cancellationToken);
    }

    private static int SizeOf(LogLine line) => Encoding.UTF8.GetByteCount(line.Text) + LeastLineBytes;

    private sealed record Ending(AgentRef Agent, ObjectMeta Pod, string ContainerId, ContainerTerminated? How, bool IsPrevious)
    {
        public EndingKey Key => new(Pod.Uid ?? "", ContainerId, IsPrevious);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct EndingKey(string PodUid, string ContainerId, bool IsPrevious);
}
