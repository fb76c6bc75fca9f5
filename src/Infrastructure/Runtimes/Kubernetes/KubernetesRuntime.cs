using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// Runs agents in a cluster: a stack is a namespace, an agent a Deployment with what it needs beside it. What should be is applied, what is
/// there is watched, and nothing is written that is already so.
/// </summary>
internal sealed class KubernetesRuntime : IAgentRuntime, IRunningAgents, IPodDirectory, IAsyncDisposable
{
    /// <summary>Pods take their time to end; what isn't gone after so long is asked for again.</summary>
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<AgentRef, long> _removalsAskedAt = [];
    private readonly ConcurrentDictionary<AgentRef, bool> _removals = [];
    private readonly ClusterConnection _connection;
    private readonly KubernetesOptions _options;
    private readonly KubernetesClient _client;
    private readonly IInstallation _installation;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ObservationFeed _feed = new();
    private readonly PodEndpoints _endpoints = new();
    private readonly AgentMonitor _monitor;
    private readonly ObjectWriter _writer;
    private readonly AgentSecrets _secrets;
    private readonly LogKeeper _keeper;
    private readonly AgentLogs _logs;
    private readonly InformerOptions _watching;
    private volatile Installed? _installed;
    private Task _running = Task.CompletedTask;

    public KubernetesRuntime(
        ClusterConnection connection, KubernetesOptions options, KubernetesClient client, IInstallation installation, IReconcileQueue reconciler,
        ICodeFolders folders, TimeProvider time, ILogger<KubernetesRuntime> logger, InformerOptions? watching = null)
    {
        _watching = watching ?? new InformerOptions();
        _connection = connection;
        _options = options;
        _client = client;
        _installation = installation;
        _time = time;
        _logger = logger;
        _writer = new ObjectWriter(client);
        _monitor = new AgentMonitor(client, _feed, reconciler, time, logger);
        _secrets = new AgentSecrets(client, _writer, _monitor, time, logger);
        var kept = new KeptLogs(agent => folders.AgentPath(agent.StackId, agent.AgentId), time);
        _keeper = new LogKeeper(client, kept, agent => !_removals.ContainsKey(agent), time, logger);
        _logs = new AgentLogs(client, kept, _keeper, time);
    }

    public string Description => $"Kubernetes, {_connection.Description}";

    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        if (_installed is not null)
            return;

        var labels = new ObjectLabels(await _installation.GetIdAsync(cancellationToken));
        var view = new ClusterView(_client, labels.Selector, _watching, _monitor, _time, _logger);
        view.Listen(_keeper.PodChanged);
        _running = view.RunAsync(_stopping.Token);
        _installed = new Installed(labels, view, new StackObjects(labels, _options), new AgentObjects(labels, _options));
    }

    /// <summary>Watches over agents and keeps their logs. What every server needs to answer requests, the view of the cluster, doesn't depend on it.</summary>
    public async Task LeadAsync(CancellationToken cancellationToken)
    {
        var view = (_installed ?? throw NotAcquired()).View;
        _removalsAskedAt.Clear();
        _removals.Clear();
        _secrets.ForgetAll();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        await Task.WhenAll(_monitor.RunAsync(view, either.Token), _keeper.RunAsync(view, either.Token));
    }

    public async Task<bool> ApplyStackAsync(Guid stackId, CancellationToken cancellationToken)
    {
        var installed = Synced();
        try
        {
            var desired = installed.Stacks.Namespace(stackId);
            var name = desired.Metadata.Name;
            var present = installed.View.Namespace(name) ?? await _client.GetAsync<Namespace>(ns: null, name, cancellationToken);
            if (present is not null && !installed.Labels.IsOurs(present.Metadata))
                throw new RuntimeRefusedException("NamespaceTaken", $"The cluster already has a namespace {name} that isn't this installation's. Remove or rename it.");
            if (present?.Metadata.DeletionTimestamp is not null)
                throw Faults.BeingRemoved(Namespace.Kind);

            await _writer.EnsureAsync(desired, present, cancellationToken);
            await ApplyBoundsAsync(installed.Stacks, stackId, cancellationToken);
            return present is null;
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            throw Faults.Translate(exception, "make the stack's namespace");
        }
    }

    public async Task<bool> RemoveStackAsync(Guid stackId, CancellationToken cancellationToken)
    {
        var installed = Synced();
        try
        {
            var name = Stack.NamespaceFor(stackId);
            if (installed.View.Namespace(name) is { Metadata.DeletionTimestamp: not null })
                return false;

            var present = await _client.GetAsync<Namespace>(ns: null, name, cancellationToken);
            return present is null
                || !installed.Labels.IsOurs(present.Metadata)
                || await _client.DeleteAsync<Namespace>(ns: null, name, present.Metadata.Uid, cancellationToken);
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            throw Faults.Translate(exception, "remove the stack's namespace");
        }
    }

    public async Task ApplyAgentAsync(AgentSpec agent, CancellationToken cancellationToken)
    {
        var installed = Synced();
        _removalsAskedAt.TryRemove(agent.Agent, out _);
        _removals.TryRemove(agent.Agent, out _);
        try
        {
            var secret = installed.Agents.Environment(agent);
            var running = installed.View.Find<Deployment>(new ObjectMeta { Namespace = secret.Metadata.Namespace, Name = ObjectLabels.NameOf(agent.Agent) });
            var hasEarlierSecrets = await _secrets.RemoveEarlierAsync(secret, agent, running, cancellationToken);
            await _secrets.EnsureAsync(secret, agent, running, cancellationToken);
            var deployment = installed.Agents.Deployment(agent, hasEarlierSecrets);
            await _writer.EnsureAsync(deployment, running, cancellationToken);
            _monitor.Applied(agent.Agent, ObjectWriter.Digest(deployment));
            await EnsureAsync(installed.Agents.Service(agent.Agent));
            await EnsureAsync(installed.Agents.Ingress(agent.Agent));
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            throw Faults.Translate(exception, "deploy the agent");
        }

        _monitor.Repeat(agent.Agent);

        Task<bool> EnsureAsync<T>(T desired)
            where T : class, IKubernetesResource<T> => _writer.EnsureAsync(desired, installed.View.Find<T>(desired.Metadata), cancellationToken);
    }

    public async Task<bool> RemoveAgentAsync(AgentRef agent, CancellationToken cancellationToken)
    {
        var installed = Synced();
        _removals[agent] = true;
        // The end of the pods is seen; asking for it again and again would only cost.
        if (_removalsAskedAt.TryGetValue(agent, out var askedAt) && _time.GetElapsedTime(askedAt) < RemovalPatience && installed.View.Holds(agent))
            return false;

        try
        {
            var ns = Stack.NamespaceFor(agent.StackId);
            var name = ObjectLabels.NameOf(agent);
            var isGone = await _client.DeleteAsync<Ingress>(ns, name, uid: null, cancellationToken);
            isGone &= await _client.DeleteAsync<Service>(ns, name, uid: null, cancellationToken);
            isGone &= await _client.DeleteAsync<Deployment>(ns, name, uid: null, cancellationToken);
            await _secrets.RemoveAllAsync(agent, cancellationToken);
            if (!isGone)
            {
                _removalsAskedAt[agent] = _time.GetTimestamp();
                return false;
            }
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            throw Faults.Translate(exception, "remove the agent");
        }

        _removalsAskedAt.TryRemove(agent, out _);
        _removals.TryRemove(agent, out _);
        _secrets.Forget(agent);
        _logs.Forget(agent);
        _monitor.Forget(agent);
        return true;
    }

    public IAsyncEnumerable<ObservedAgent> ObserveAsync(CancellationToken cancellationToken) => _feed.ReadAsync(cancellationToken);

    public async Task<RuntimeInventory> ListAsync(CancellationToken cancellationToken)
    {
        var view = (_installed ?? throw NotAcquired()).View;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        await view.WaitForSyncAsync(either.Token);
        return view.Inventory();
    }

    public async Task<IReadOnlyList<string>> ReadLogTailAsync(AgentRef agent, int lines, CancellationToken cancellationToken)
    {
        return _installed is { } installed ? await _logs.ReadTailAsync(installed.View, agent, lines, cancellationToken) : [];
    }

    public async IAsyncEnumerable<LogLine> ReadLogAsync(AgentRef agent, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var installed = Synced();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        await foreach (var line in _logs.ReadAsync(installed.View, agent, query, either.Token))
            yield return line;

        cancellationToken.ThrowIfCancellationRequested();
    }

    public Task<string?> CheckHealthAsync(CancellationToken cancellationToken) => Task.FromResult(
        _installed is not { } installed ? "StackAgent hasn't begun to watch the cluster yet."
        : installed.View.Trouble is { } trouble ? trouble.Message
        : installed.View.IsSynced ? null
        : "StackAgent is still reading what the cluster holds.");

    public bool TryGetEndpoint(AgentRef agent, [NotNullWhen(true)] out Uri? endpoint)
    {
        endpoint = _installed is { } installed ? _endpoints.Pick(installed.View.Pods(agent)) : null;
        return endpoint is not null;
    }

    Pod? IPodDirectory.Find(string ns, string name) => _installed is { View: { IsSynced: true } view }
        ? view.Pod(ns, name)
        : throw new UnavailableException(Faults.NotSynced(_installed?.View.Trouble).Message);

    /// <summary>Ends the watching. Agents go on running: they are the cluster's.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;

        await _stopping.CancelAsync();
        await _running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _stopping.Dispose();
    }

    private static InvalidOperationException NotAcquired() => new("The runtime has to be acquired before it is used.");

    /// <summary>Says at once that the cluster can't be reached, instead of finding out anew for each agent.</summary>
    private Installed Synced()
    {
        var installed = _installed ?? throw NotAcquired();
        if (!installed.View.IsSynced)
            throw Faults.NotSynced(installed.View.Trouble);
        return installed;
    }

    private async Task ApplyBoundsAsync(StackObjects objects, Guid stackId, CancellationToken cancellationToken)
    {
        var ns = Stack.NamespaceFor(stackId);
        if (objects.Quota(stackId) is { } quota)
            await _writer.EnsureAsync(quota, present: null, cancellationToken);
        else
            await _client.DeleteAsync<ResourceQuota>(ns, StackObjects.Name, uid: null, cancellationToken);

        await _writer.EnsureAsync(objects.Limits(stackId), present: null, cancellationToken);
        if (objects.Isolation(stackId) is { } isolation)
            await _writer.EnsureAsync(isolation, present: null, cancellationToken);
        else
            await _client.DeleteAsync<NetworkPolicy>(ns, StackObjects.Name, uid: null, cancellationToken);

        if (_options.ImagePullConfigFile is { } file)
            await _writer.EnsureAsync(objects.PullSecret(stackId, await ReadPullConfigAsync(file, cancellationToken)), present: null, cancellationToken);
    }

    private static async Task<byte[]> ReadPullConfigAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RuntimeUnavailableException("PullConfigUnreadable", "The file that AGENT_IMAGE_PULL_CONFIG names can't be read by this server.", cause: exception);
        }
    }

    private sealed record Installed(ObjectLabels Labels, ClusterView View, StackObjects Stacks, AgentObjects Agents);
}
