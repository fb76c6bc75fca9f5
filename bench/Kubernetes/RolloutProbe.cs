using System.Diagnostics;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Bench.Kubernetes;

/// <summary>Watches the only agent of an installation as the administrator: when its Deployment was changed, and when the first pod of that was ready.</summary>
internal sealed class RolloutProbe : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _sync = new();
    private readonly HashSet<string> _ready = new(StringComparer.Ordinal);
    private readonly Task _watching;
    private long _generation;
    private long? _changedAt;
    private long? _readyAt;

    private RolloutProbe(ClusterLab cluster, string selector)
    {
        var deployments = cluster.Watch<Deployment>(selector, change => Note(change.New?.Metadata.Generation ?? 0));
        var pods = cluster.Watch<Pod>(selector, change => Note(change.New));
        _watching = Task.WhenAll(deployments.RunAsync(_stop.Token), pods.RunAsync(_stop.Token));
        Synced = Task.WhenAll(deployments.WaitForSyncAsync(_stop.Token), pods.WaitForSyncAsync(_stop.Token));
    }

    private Task Synced { get; }

    public static async Task<RolloutProbe> StartAsync(ClusterLab cluster, string selector)
    {
        var probe = new RolloutProbe(cluster, selector);
        await probe.Synced;
        return probe;
    }

    /// <summary>A change comes: what was seen before doesn't count.</summary>
    public void Begin()
    {
        lock (_sync)
            (_changedAt, _readyAt) = (null, null);
    }

    /// <summary>Waits until both were seen, and returns what lay between them.</summary>
    public async Task<double> KubernetesSecondsAsync()
    {
        double? seconds = null;
        await ClusterLab.UntilAsync(() => (seconds = Between()) is not null, "the probe to see the pod");
        return seconds!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private double? Between()
    {
        lock (_sync)
            return _changedAt is { } from && _readyAt is { } to ? (double)(to - from) / Stopwatch.Frequency : null;
    }

    private void Note(long generation)
    {
        lock (_sync)
        {
            if (generation <= _generation)
                return;
            _generation = generation;
            _changedAt ??= Stopwatch.GetTimestamp();
        }
    }

    private void Note(Pod? pod)
    {
        if (pod?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) != true)
            return;
        lock (_sync)
        {
            if (_ready.Add(pod.Metadata.Uid ?? ""))
                _readyAt ??= Stopwatch.GetTimestamp();
        }
    }
}
