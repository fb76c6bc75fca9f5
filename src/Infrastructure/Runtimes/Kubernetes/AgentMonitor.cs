using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// Turns what is seen of the cluster into observations of agents, asking for logs and events where they explain more, and wakes the
/// reconciler for what somebody else has changed or removed. Deaf while another server leads.
/// </summary>
internal sealed class AgentMonitor(
    KubernetesClient client, ObservationFeed feed, IReconcileQueue reconciler, TimeProvider time, ILogger logger)
    : IClusterWatcher
{
    private const int Workers = 4;
    private const int LogBytes = 16 * 1024;

    /// <summary>Between two times that one agent is put back: somebody who won't stop changing it costs no more than that.</summary>
    private static readonly TimeSpan HealInterval = TimeSpan.FromSeconds(5);

    /// <summary>Between two times that one agent's Secret is put back for its pod: what the pod misses may be something else.</summary>
    private static readonly TimeSpan SecretInterval = TimeSpan.FromMinutes(1);

    /// <summary>Between two times that Secrets which nobody needs any more are spoken of.</summary>
    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<AgentRef, AgentMemory> _memories = [];

    /// <summary>Null while another server leads.</summary>
    private volatile KeyedWorkQueue<AgentRef>? _queue;

    /// <summary>Looks at every agent that is there, and at each that changes, until it is cancelled.</summary>
    public async Task RunAsync(ClusterView view, CancellationToken cancellationToken)
    {
        // What was said and done in an earlier term may have been overtaken since.
        _memories.Clear();
        feed.Clear();
        using var queue = new KeyedWorkQueue<AgentRef>(time, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        _queue = queue;
        try
        {
            foreach (var agent in view.Inventory().Agents)
                queue.Add(agent);
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(view, queue, cancellationToken)));
        }
        finally
        {
            _queue = null;
        }
    }

    /// <summary>Looks at the agent again, and says how it stands even if that is as before.</summary>
    public void Repeat(AgentRef agent)
    {
        feed.Repeat(agent);
        _queue?.Add(agent);
    }

    /// <summary>
    /// From now on the Deployment should bear this digest. One that leads no more may have had an older state under way; what comes of that looks like our own hand.
    /// </summary>
    public void Applied(AgentRef agent, string digest) => MemoryOf(agent).NoteApplied(digest);

    public void Forget(AgentRef agent)
    {
        _memories.TryRemove(agent, out _);
        feed.Forget(agent);
    }

    /// <summary>Whether the agent's Secret was found to be missing since this was last asked.</summary>
    public bool TakeSecretMissing(AgentRef agent) => _memories.TryGetValue(agent, out var memory) && memory.TakeSecretMissing();

    public void NamespaceChanged(Namespace? old, Namespace? @new)
    {
        var isGoing = @new is null || @new.Metadata.DeletionTimestamp is not null;
        if (isGoing && ObjectLabels.TryGetStack((@new ?? old)!.Metadata, out var stack))
            reconciler.Enqueue(ReconcileKey.Stack(stack));
    }

    public void AgentObjectChanged(ObjectMeta meta, bool isDisturbed)
    {
        if (_queue is not { } queue || !ObjectLabels.TryGetAgent(meta, out var agent))
            return;

        if (isDisturbed)
            MemoryOf(agent).MarkDeviating();
        queue.Add(agent);
    }

    public void PodChanged(AgentRef agent) => _queue?.Add(agent);

    private async Task WorkAsync(ClusterView view, KeyedWorkQueue<AgentRef> queue, CancellationToken cancellationToken)
    {
        await foreach (var agent in queue.TakeAllAsync(cancellationToken))
        {
            try
            {
                var again = await LookAsync(view, agent, cancellationToken);
                queue.Done(agent, again);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                var delay = queue.Failed(agent);
                logger.LogWarning("How agent {AgentId} stands couldn't be explained ({Cause}); next try in {Delay}", agent.AgentId, exception.Message, delay);
            }
        }
    }

    /// <summary>Returns when to look again without a change; null: never.</summary>
    private async Task<TimeSpan?> LookAsync(ClusterView view, AgentRef agent, CancellationToken cancellationToken)
    {
        var deployment = view.Find<Deployment>(new ObjectMeta { Namespace = Stack.NamespaceFor(agent.StackId), Name = ObjectLabels.NameOf(agent) });
        var pods = view.Pods(agent);
        if (deployment is null && pods.Count == 0 && feed.Latest(agent) is null)
            _memories.TryRemove(agent, out _);

        var heal = Earlier(deployment is null ? null : Compare(agent, deployment), Heal(agent));
        if (deployment is null)
        {
            if (feed.Latest(agent) is not null)
                feed.Publish(agent, AgentObservation.Starting);
            return heal;
        }

        // In a moment more is known; until then an agent that goes on running isn't starting.
        if (!AgentDoctor.IsSeen(deployment) && feed.Latest(agent) is not null)
            return heal;

        var doctor = new AgentDoctor(deployment);
        var diagnosis = doctor.Examine(pods, time.GetUtcNow());
        AgentObservation? explained;
        try
        {
            explained = await ExplainAsync(agent, doctor, diagnosis, cancellationToken);
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            // What is known is worth saying, even while the rest can't be asked for.
            feed.Publish(agent, Steady(agent, diagnosis.Observation));
            throw;
        }

        var observation = Steady(agent, explained ?? diagnosis.Observation);
        feed.Publish(agent, observation);
        if (observation.Reason == AgentDoctor.CreateContainerConfigError && MemoryOf(agent).TryMarkSecretMissing(time, SecretInterval))
            reconciler.Enqueue(ReconcileKey.Agent(agent.AgentId));
        return Earlier(Earlier(heal, Tidy(agent, deployment)), explained is null ? diagnosis.LookAgainIn : null);
    }

    /// <summary>Wakes the reconciler for an agent whose earlier pods are gone, but not their Secrets.</summary>
    private TimeSpan? Tidy(AgentRef agent, Deployment deployment)
    {
        if (!AgentSecrets.AreThereEarlierOnes(deployment) || !AgentDoctor.IsComplete(deployment))
            return null;

        if (MemoryOf(agent).TryTidy(time, TidyInterval))
            reconciler.Enqueue(ReconcileKey.Agent(agent.AgentId));
        return TidyInterval;
    }

    /// <summary>Notes that a Deployment isn't what was applied last. What was applied just now is seen a moment later, so that is no deviation at once.</summary>
    private TimeSpan? Compare(AgentRef agent, Deployment deployment) => _memories.TryGetValue(agent, out var memory)
        ? memory.Compare(deployment.Metadata.Annotations?.GetValueOrDefault(ObjectWriter.AppliedAnnotation), time, HealInterval)
        : null;

    /// <summary>Wakes the reconciler for an agent that isn't as it should be, now or when it may.</summary>
    private TimeSpan? Heal(AgentRef agent)
    {
        if (!_memories.TryGetValue(agent, out var memory) || !memory.IsDeviating)
            return null;

        var wait = memory.TryHeal(time, HealInterval);
        if (wait is null)
            reconciler.Enqueue(ReconcileKey.Agent(agent.AgentId));
        return wait;
    }

    /// <summary>Null when there is no clue to follow, or when it leads nowhere yet.</summary>
    private async Task<AgentObservation?> ExplainAsync(AgentRef agent, AgentDoctor doctor, Diagnosis diagnosis, CancellationToken cancellationToken)
    {
        switch (diagnosis.Clue)
        {
            case LogClue clue:
                return AgentDoctor.WithLog(diagnosis.Observation, await LogAsync(agent, clue, cancellationToken));
            case EventClue { Pod.Metadata: { Namespace: { } ns, Uid: { } uid } } clue:
                var events = await client.ListEventsAsync(ns, uid, cancellationToken);
                return doctor.WithEvents(diagnosis.Observation, clue.Question, events);
            default:
                return null;
        }
    }

    private async Task<IReadOnlyList<string>> LogAsync(AgentRef agent, LogClue clue, CancellationToken cancellationToken)
    {
        var key = $"{clue.Pod.Metadata.Uid} {clue.ContainerId}";
        var memory = MemoryOf(agent);
        if (memory.Log is { } known && known.Key == key)
            return known.Lines;

        var meta = clue.Pod.Metadata;
        var lines = await client.ReadLogAsync(
            meta.Namespace ?? "", meta.Name, AgentPod.ContainerName, LogQuote.Lines, clue.IsPrevious, LogBytes, cancellationToken);
        memory.Log = (key, lines);
        return lines;
    }

    /// <summary>Kubernetes tells of a missing image by two words in turn, which are one state.</summary>
    private AgentObservation Steady(AgentRef agent, AgentObservation observation) =>
        observation.Reason == AgentDoctor.ErrImagePull && feed.Latest(agent) is { Reason: AgentDoctor.ImagePullBackOff } known && known.Rollout == observation.Rollout
            ? known with { IsLasting = observation.IsLasting }
            : observation;

    private AgentMemory MemoryOf(AgentRef agent) => _memories.GetOrAdd(agent, _ => new AgentMemory());

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;
}
