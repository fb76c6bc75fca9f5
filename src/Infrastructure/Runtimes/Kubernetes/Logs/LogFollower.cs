using System.Threading.Channels;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>
/// Follows the logs of all pods of an agent, those that come later too, from one container to the next. Whoever reads slowly makes the cluster's
/// connections wait, never the agent, and costs no memory: <see cref="Capacity"/> lines are all that is held.
/// </summary>
internal sealed class LogFollower : IAsyncDisposable
{
    private const int Capacity = 256;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>A change that isn't heard of is found no later than this.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    private readonly Channel<LogLine> _lines = Channel.CreateBounded<LogLine>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Dictionary<string, Task> _pods = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end;
    private readonly KubernetesClient _client;
    private readonly ClusterView _view;
    private readonly AgentRef _agent;
    private readonly LogQuery _query;
    private readonly TimeProvider _time;
    private readonly Lock _sync = new();
    private TaskCompletionSource _changed = NewSignal();
    private Task _running = Task.CompletedTask;
    private bool _wasThere;
    private long? _missingSince;

    public LogFollower(KubernetesClient client, ClusterView view, AgentRef agent, LogQuery query, TimeProvider time, CancellationToken cancellationToken)
    {
        _client = client;
        _view = view;
        _agent = agent;
        _query = query;
        _time = time;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _view.Listen(PodChanged);
    }

    /// <summary>What comes; ends when the agent is removed.</summary>
    public ChannelReader<LogLine> Lines => _lines.Reader;

    public AgentRef Agent => _agent;

    /// <summary>Begins. To be called once.</summary>
    /// <param name="begun">The pods whose logs have been read up to now: there they are gone on with.</param>
    public void Start(IReadOnlyList<BegunLog> begun) => _running = RunAsync(begun);

    /// <summary>The agent is gone.</summary>
    public void End() => _end.Cancel();

    public async ValueTask DisposeAsync()
    {
        _view.Unlisten(PodChanged);
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void PodChanged(AgentRef agent, Pod? old, Pod? @new)
    {
        if (agent != _agent)
            return;

        TaskCompletionSource changed;
        lock (_sync)
            (changed, _changed) = (_changed, NewSignal());
        changed.TrySetResult();
    }

    /// <summary>To be taken before looking at the pods, and waited for after that.</summary>
    private Task NextChange()
    {
        lock (_sync)
            return _changed.Task;
    }

    /// <summary>
    /// Whether there was something of the agent and hasn't been for a while: then it was removed. The server that removed it says so at once; others only see it.
    /// </summary>
    private bool IsGone()
    {
        if (_view.Holds(_agent))
        {
            (_wasThere, _missingSince) = (true, null);
            return false;
        }

        _missingSince ??= _time.GetTimestamp();
        return _wasThere && _time.GetElapsedTime(_missingSince.Value) >= LookInterval;
    }

    private async Task RunAsync(IReadOnlyList<BegunLog> begun)
    {
        try
        {
            foreach (var log in begun)
                _pods[log.PodUid] = FollowPodAsync(log.PodUid, log.Log, log.ContainerId);

            while (!IsGone())
            {
                var change = NextChange();
                var pods = _view.Pods(_agent).Where(pod => _query.Pod is null || pod.Metadata.Name == _query.Pod).ToList();
                foreach (var pod in pods.Where(pod => !_pods.ContainsKey(pod.Metadata.Uid ?? "")))
                    _pods[pod.Metadata.Uid ?? ""] = FollowPodAsync(pod.Metadata.Uid ?? "", new PodLog(_client, pod.Metadata, _time), containerId: null);
                foreach (var gone in _pods.Where(known => known.Value.IsCompleted && !pods.Exists(pod => pod.Metadata.Uid == known.Key)).ToList())
                    _pods.Remove(gone.Key);
                await WaitAsync(change, LookInterval);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Nobody reads any more, or the agent is gone.
        }
        finally
        {
            await _end.CancelAsync();
            await Task.WhenAll(_pods.Values);
            _lines.Writer.TryComplete();
        }
    }

    private async Task FollowPodAsync(string uid, PodLog log, string? containerId)
    {
        try
        {
            var (known, isOver) = (containerId, containerId is null);
            while (true)
            {
                var change = NextChange();
                if (Find(uid) is not { } pod)
                {
                    await WriteAsync(log.Remark(LogRemarks.PodGone));
                    return;
                }

                var container = AgentPod.StatusOf(pod);
                if (!isOver && EndingOf(container, known) is { } ending)
                {
                    // What was written between the last look and the end.
                    await CopyAsync(log, follow: false, previous: container?.State?.Terminated is null);
                    await WriteAsync(log.Remark(LogRemarks.Ended(ending)));
                    isOver = true;
                }

                if (container?.State?.Running is null)
                {
                    await WaitAsync(change, LookInterval);
                    continue;
                }

                if (container.ContainerId != known)
                {
                    if (!isOver)
                        await WriteAsync(log.Remark(LogMarkers.CutUnknown()));
                    await WriteAsync(log.Remark(LogRemarks.Started));
                    (known, isOver) = (container.ContainerId, false);
                }

                await CopyAsync(log, follow: true, previous: false);
                // Its end is seen a moment later, if it is one.
                await WaitAsync(change, RetryDelay);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // As above.
        }
    }

    private Pod? Find(string uid) => _view.Pods(_agent).FirstOrDefault(pod => pod.Metadata.Uid == uid);

    private static ContainerTerminated? EndingOf(ContainerStatus? container, string? id) =>
        container?.State?.Terminated is { } now && now.ContainerId == id ? now
        : container?.LastState?.Terminated is { } last && last.ContainerId == id ? last
        : null;

    private async Task CopyAsync(PodLog log, bool follow, bool previous)
    {
        try
        {
            await foreach (var line in log.ReadAsync(follow, previous, _query.Since, tail: null, _end.Token))
                await WriteAsync(line);
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            // Nothing is lost by it: the next time goes on from the same line.
            await Task.Delay(RetryDelay, _time, _end.Token);
        }
    }

    private ValueTask WriteAsync(LogLine line) => _lines.Writer.WriteAsync(line, _end.Token);

    private async Task WaitAsync(Task change, TimeSpan limit)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        await Task.WhenAny(change, Task.Delay(limit, _time, waiting.Token));
        await waiting.CancelAsync();
        _end.Token.ThrowIfCancellationRequested();
    }
}

/// <summary>A pod's log that has been read up to now.</summary>
/// <param name="PodUid">Whose.</param>
/// <param name="Log">Knows how far.</param>
/// <param name="ContainerId">The container that was read; null when there was none.</param>
internal sealed record BegunLog(string PodUid, PodLog Log, string? ContainerId);
