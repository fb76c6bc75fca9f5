using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>
/// Gives out agents' logs: of the pods that are there as the cluster has them, and of containers that are gone as <see cref="LogKeeper"/> has kept them.
/// </summary>
internal sealed class AgentLogs(KubernetesClient client, KeptLogs kept, LogKeeper keeper, TimeProvider time)
{
    private const string ReadIt = "read the agent's log";
    private const int TailBytes = 1024 * 1024;

    private static readonly HashSet<string> NoPods = [];

    private readonly ConcurrentDictionary<LogFollower, bool> _followers = [];

    /// <summary>As <see cref="IAgentRuntime.ReadLogAsync"/> says.</summary>
    public async IAsyncEnumerable<LogLine> ReadAsync(
        ClusterView view, AgentRef agent, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var selection = new LogSelection(query, NoPods);
        var isFollowed = query is { Follow: true, Previous: false };

        // Listens from before the first look, so that no pod comes in between.
        await using var follower = isFollowed ? new LogFollower(client, view, agent, query, time, cancellationToken) : null;
        var pods = view.Pods(agent).Where(pod => query.Pod is null || pod.Metadata.Name == query.Pod).ToList();
        var begun = pods.ConvertAll(pod => new BegunLog(pod.Metadata.Uid ?? "", new PodLog(client, pod.Metadata, time), ShownContainer(pod)));

        await keeper.SettleAsync(pods, cancellationToken);
        IReadOnlyCollection<IAsyncEnumerable<LogLine>> present = query.Previous ? [] : await OpenAsync(begun, query, cancellationToken);
        // What the cluster still gives out needn't be told twice.
        var shown = query.Previous ? [] : begun.Select(log => (log.Log.Pod, log.ContainerId)).ToHashSet();
        var gone = kept.Find(agent, query)
            .Where(log => !shown.Any(other => log.IsOf(other.Pod, other.ContainerId)))
            .Select(log => KeptLogs.ReadAsync(log, cancellationToken));
        var wanted = SelectAsync(MergedLogs.ByTimeAsync([.. gone, .. present], cancellationToken), selection, cancellationToken);
        await foreach (var line in query.Tail is { } tail ? MergedLogs.TailAsync(wanted, tail, cancellationToken) : wanted)
            yield return line;

        if (follower is null)
            yield break;

        _followers[follower] = true;
        try
        {
            follower.Start(begun);
            await foreach (var line in follower.Lines.ReadAllAsync(CancellationToken.None))
            {
                if (selection.Takes(line, LogRemarks.IsCut(line)))
                    yield return line;
            }
        }
        finally
        {
            _followers.TryRemove(follower, out _);
        }
    }

    /// <summary>As <see cref="IAgentRuntime.ReadLogTailAsync"/> says: of the newest pod.</summary>
    public async Task<IReadOnlyList<string>> ReadTailAsync(ClusterView view, AgentRef agent, int lines, CancellationToken cancellationToken)
    {
        if (view.Pods(agent).MaxBy(pod => pod.Metadata.CreationTimestamp)?.Metadata is not { Namespace: { } ns, Name: var name })
            return [];

        try
        {
            var log = await client.ReadLogAsync(ns, name, AgentPod.ContainerName, lines, previous: false, TailBytes, cancellationToken);
            return log.Count > 0 ? log : await client.ReadLogAsync(ns, name, AgentPod.ContainerName, lines, previous: true, TailBytes, cancellationToken);
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            throw Faults.Translate(exception, ReadIt);
        }
    }

    /// <summary>The agent is gone: nobody needs to wait for what it says.</summary>
    public void Forget(AgentRef agent)
    {
        foreach (var follower in _followers.Keys.Where(follower => follower.Agent == agent))
            follower.End();
    }

    /// <summary>The container whose log the cluster gives out as the present one's: the last one as long as there is no other.</summary>
    private static string? ShownContainer(Pod pod) => AgentPod.StatusOf(pod) is { } container
        ? container.State switch
        {
            { Running: not null } => container.ContainerId,
            { Terminated: { } ended } => ended.ContainerId,
            _ => container.LastState?.Terminated?.ContainerId,
        }
        : null;

    /// <summary>What the cluster has, from each pod. The first lines are asked for at once, so that a cluster that says no says it here.</summary>
    private static async Task<IReadOnlyCollection<IAsyncEnumerable<LogLine>>> OpenAsync(
        IReadOnlyCollection<BegunLog> pods, LogQuery query, CancellationToken cancellationToken)
    {
        // Of what is searched for, nobody knows how far back it is. A line has to be read, even if none is wanted, to know where to go on.
        var tail = query is { Tail: { } lines, Search: null } ? Math.Max(1, lines) : (int?)null;
        var logs = pods.Select(pod => new StartedLog(
            pod.Log.ReadAsync(follow: false, previous: false, query.Since, tail, cancellationToken).GetAsyncEnumerator(cancellationToken))).ToList();
        try
        {
            await Task.WhenAll(logs.Select(log => log.StartAsync()));
        }
        catch (Exception exception)
        {
            foreach (var log in logs)
                await log.DisposeAsync();
            throw Faults.Translate(exception, ReadIt);
        }

        return logs;
    }

    private static async IAsyncEnumerable<LogLine> SelectAsync(
        IAsyncEnumerable<LogLine> lines, LogSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            if (selection.Takes(line, LogRemarks.IsCut(line)))
                yield return line;
        }
    }

    /// <summary>A log whose first line has been waited for.</summary>
    private sealed class StartedLog(IAsyncEnumerator<LogLine> log) : IAsyncEnumerable<LogLine>, IAsyncEnumerator<LogLine>
    {
        private Task<bool>? _first;

        public LogLine Current => log.Current;

        public Task StartAsync() => _first = log.MoveNextAsync().AsTask();

        public IAsyncEnumerator<LogLine> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            var first = _first;
            _first = null;
            return first is null ? log.MoveNextAsync() : new ValueTask<bool>(first);
        }

        public ValueTask DisposeAsync() => log.DisposeAsync();
    }
}
