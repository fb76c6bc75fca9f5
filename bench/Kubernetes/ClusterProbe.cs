using System.Collections.Concurrent;
using System.Diagnostics;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Bench.Kubernetes;

/// <summary>What of an agent can be seen in the cluster.</summary>
internal enum Sight
{
    Secret,
    Deployment,
    Service,
    Ingress,
    PodReady,

    /// <summary>The Deployment's controller counts the pod as available.</summary>
    Available,
}

/// <summary>Watches one installation's objects as the administrator, and notes by this machine's clock when each was first seen.</summary>
internal sealed class ClusterProbe : IAsyncDisposable
{
    private static readonly Sight[] Parts = [Sight.Secret, Sight.Deployment, Sight.Service, Sight.Ingress];

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<(Guid Agent, Sight Sight), long> _seen = [];
    private readonly Informer<Namespace> _namespaces;
    private readonly Informer<Deployment> _deployments;
    private readonly Task _watching;

    private ClusterProbe(ClusterLab cluster, string selector, Action<Pod>? podSeen)
    {
        _namespaces = cluster.Watch<Namespace>(selector, _ => { });
        _deployments = cluster.Watch<Deployment>(selector, change =>
        {
            Note(change.New?.Metadata, Sight.Deployment);
            if (change.New?.Status?.AvailableReplicas > 0)
                Note(change.New.Metadata, Sight.Available);
        });
        var secrets = cluster.Watch<Secret>(selector, change => Note(change.New?.Metadata, Sight.Secret));
        var services = cluster.Watch<Service>(selector, change => Note(change.New?.Metadata, Sight.Service));
        var ingresses = cluster.Watch<Ingress>(selector, change => Note(change.New?.Metadata, Sight.Ingress));
        var pods = cluster.Watch<Pod>(selector, change =>
        {
            if (change.New is not { } pod)
                return;
            if (IsReady(pod))
                Note(pod.Metadata, Sight.PodReady);
            else
                podSeen?.Invoke(pod);
        });
        _watching = Task.WhenAll(
            _namespaces.RunAsync(_stop.Token), _deployments.RunAsync(_stop.Token), secrets.RunAsync(_stop.Token),
            services.RunAsync(_stop.Token), ingresses.RunAsync(_stop.Token), pods.RunAsync(_stop.Token));
        Synced = Task.WhenAll(
            _namespaces.WaitForSyncAsync(_stop.Token), _deployments.WaitForSyncAsync(_stop.Token), secrets.WaitForSyncAsync(_stop.Token),
            services.WaitForSyncAsync(_stop.Token), ingresses.WaitForSyncAsync(_stop.Token), pods.WaitForSyncAsync(_stop.Token));
    }

    /// <summary>Namespaces that are there, those on their way out included.</summary>
    public int Namespaces => _namespaces.Snapshot().Count;

    public IReadOnlyCollection<Deployment> Deployments => _deployments.Snapshot();

    private Task Synced { get; }

    /// <summary>Begins to watch.</summary>
    /// <param name="cluster">What is watched.</param>
    /// <param name="selector">Of the installation's labels.</param>
    /// <param name="podSeen">Gets each pod that isn't ready, at each change.</param>
    public static async Task<ClusterProbe> StartAsync(ClusterLab cluster, string selector, Action<Pod>? podSeen = null)
    {
        var probe = new ClusterProbe(cluster, selector, podSeen);
        await probe.Synced;
        return probe;
    }

    /// <summary>How many agents this was seen of.</summary>
    public int Count(Sight sight) => _seen.Keys.Count(key => key.Sight == sight);

    /// <summary>How many agents have all their objects.</summary>
    public int CountWhole() => Parts.Min(Count);

    /// <summary>When it was first seen, as <see cref="Stopwatch"/> counts; null: not yet.</summary>
    public long? At(Guid agent, Sight sight) => _seen.TryGetValue((agent, sight), out var at) ? at : null;

    /// <summary>When the last of the agent's objects was first seen; null: not yet.</summary>
    public long? WholeAt(Guid agent) => Parts.Max(part => At(agent, part) ?? long.MaxValue) is var last and < long.MaxValue ? last : null;

    /// <summary>When it was last seen of an agent for the first time.</summary>
    public long Last(params Sight[] sights) => _seen.Where(entry => sights.Contains(entry.Key.Sight)).Max(entry => entry.Value);

    /// <summary>When the last object of all came.</summary>
    public long LastWhole() => Last(Parts);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    /// <summary>Whether Kubernetes counts it as ready.</summary>
    public static bool IsReady(Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    private void Note(ObjectMeta? meta, Sight sight)
    {
        if (meta is not null && ObjectLabels.TryGetAgent(meta, out var agent))
            _seen.TryAdd((agent.AgentId, sight), Stopwatch.GetTimestamp());
    }
}
