using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// What the cluster holds of this installation, kept up to date by one list-and-watch for each kind, however many stacks and agents there
/// are. Secrets aren't among them: the right to list them is the right to read every secret of the cluster.
/// </summary>
internal sealed class ClusterView
{
    private readonly Informer<Namespace> _namespaces;
    private readonly Informer<Deployment> _deployments;
    private readonly Informer<Service> _services;
    private readonly Informer<Ingress> _ingresses;
    private readonly Informer<Pod> _pods;
    private readonly PodIndex _podIndex = new();
    private ImmutableList<PodListener> _podListeners = [];

    /// <summary>A view that is empty until <see cref="RunAsync"/> has filled it.</summary>
    /// <param name="client">How the cluster is reached.</param>
    /// <param name="selector">Selects what is this installation's.</param>
    /// <param name="options">How the cluster is treated.</param>
    /// <param name="watcher">Told of each change, one at a time for each kind; must not wait for anything.</param>
    /// <param name="time">The clock of waits and limits.</param>
    /// <param name="logger">Hears of each new trouble once.</param>
    public ClusterView(KubernetesClient client, string selector, InformerOptions options, IClusterWatcher watcher, TimeProvider time, ILogger logger)
    {
        _namespaces = Of<Namespace>(change => watcher.NamespaceChanged(change.Old, change.New));
        _deployments = Of<Deployment>(AgentObjectChanged);
        _services = Of<Service>(AgentObjectChanged);
        _ingresses = Of<Ingress>(AgentObjectChanged);
        _pods = Of<Pod>(change =>
        {
            if (_podIndex.Update(change.Old, change.New) is not { } agent)
                return;

            watcher.PodChanged(agent);
            foreach (var listener in _podListeners)
                listener(agent, change.Old, change.New);
        });

        void AgentObjectChanged<T>(InformerChange<T> change)
            where T : class, IKubernetesResource<T>
        {
            if ((change.New ?? change.Old) is { } found)
                watcher.AgentObjectChanged(found.Metadata, isDisturbed: change.New is null || ObjectWriter.IsDisturbed(change.New));
        }

        Informer<T> Of<T>(Action<InformerChange<T>> changed)
            where T : class, IKubernetesResource<T> => new(client, selector, options, time, logger, changed);
    }

    /// <summary>Null while all kinds are being watched; else why one of them isn't.</summary>
    public InformerTrouble? Trouble => _namespaces.Trouble ?? _deployments.Trouble ?? _pods.Trouble ?? _services.Trouble ?? _ingresses.Trouble;

    /// <summary>Everything that was there at the start is known.</summary>
    public bool IsSynced => _namespaces.IsSynced && _deployments.IsSynced && _services.IsSynced && _ingresses.IsSynced && _pods.IsSynced;

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _namespaces.RunAsync(cancellationToken),
        _deployments.RunAsync(cancellationToken),
        _services.RunAsync(cancellationToken),
        _ingresses.RunAsync(cancellationToken),
        _pods.RunAsync(cancellationToken));

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _namespaces.WaitForSyncAsync(cancellationToken),
        _deployments.WaitForSyncAsync(cancellationToken),
        _services.WaitForSyncAsync(cancellationToken),
        _ingresses.WaitForSyncAsync(cancellationToken),
        _pods.WaitForSyncAsync(cancellationToken));

    /// <summary>From now on the listener hears of each change of a pod, one at a time.</summary>
    public void Listen(PodListener listener) => ImmutableInterlocked.Update(ref _podListeners, listeners => listeners.Add(listener));

    public void Unlisten(PodListener listener) => ImmutableInterlocked.Update(ref _podListeners, listeners => listeners.Remove(listener));

    public Namespace? Namespace(string name) => _namespaces.TryGet(ns: null, name);

    public T? Find<T>(ObjectMeta meta)
        where T : class, IKubernetesResource<T> => Informer<T>().TryGet(meta.Namespace, meta.Name);

    public Pod? Pod(string ns, string name) => _pods.TryGet(ns, name);

    public IReadOnlyCollection<Pod> Pods(AgentRef agent) => _podIndex.Of(agent);

    public IReadOnlyCollection<(AgentRef Agent, Pod Pod)> Pods() => _podIndex.All();

    /// <summary>Whether anything of the agent is left.</summary>
    public bool Holds(AgentRef agent)
    {
        var meta = new ObjectMeta { Namespace = Stack.NamespaceFor(agent.StackId), Name = ObjectLabels.NameOf(agent) };
        return Find<Deployment>(meta) is not null || Find<Service>(meta) is not null || Find<Ingress>(meta) is not null || Pods(agent).Count > 0;
    }

    public RuntimeInventory Inventory()
    {
        var stacks = new HashSet<Guid>();
        foreach (var found in _namespaces.Snapshot())
        {
            if (ObjectLabels.TryGetStack(found.Metadata, out var stack))
                stacks.Add(stack);
        }

        var agents = new HashSet<AgentRef>();
        var parts = _deployments.Snapshot().Select(found => found.Metadata)
            .Concat(_services.Snapshot().Select(found => found.Metadata))
            .Concat(_ingresses.Snapshot().Select(found => found.Metadata));
        foreach (var part in parts)
        {
            if (ObjectLabels.TryGetAgent(part, out var agent))
                agents.Add(agent);
        }

        return new RuntimeInventory(stacks, agents);
    }

    private Informer<T> Informer<T>()
        where T : class, IKubernetesResource<T> =>
        _deployments as Informer<T> ?? _services as Informer<T> ?? _ingresses as Informer<T> ?? _namespaces as Informer<T>
        ?? throw new InvalidOperationException($"{typeof(T).Name} isn't watched.");
}

/// <summary>A pod of an agent came (no old one), changed, or went (no new one). Must not wait for anything.</summary>
internal delegate void PodListener(AgentRef agent, Pod? old, Pod? @new);

/// <summary>Hears what changes in the cluster.</summary>
internal interface IClusterWatcher
{
    /// <summary>A namespace came (no old one), changed, or went (no new one).</summary>
    void NamespaceChanged(Namespace? old, Namespace? @new);

    /// <summary>A Deployment, Service or Ingress came, changed or went.</summary>
    /// <param name="meta">As it is, or was.</param>
    /// <param name="isDisturbed">It is gone or going, or somebody else has had a hand in it.</param>
    void AgentObjectChanged(ObjectMeta meta, bool isDisturbed);

    void PodChanged(AgentRef agent);
}
