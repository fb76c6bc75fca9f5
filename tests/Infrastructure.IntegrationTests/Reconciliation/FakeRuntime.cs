using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>
/// A runtime that remembers what it was told and does nothing by itself: a stack has to be there before its agents, and takes them with it.
/// What it does on demand is what real ones won't: each call waits for, and fails with, what the test says.
/// </summary>
internal sealed class FakeRuntime : IAgentRuntime
{
    private readonly Channel<ObservedAgent> _observations = Channel.CreateUnbounded<ObservedAgent>();
    private readonly ConcurrentDictionary<AgentRef, AgentObservation> _latest = [];
    private readonly ConcurrentDictionary<Guid, int> _calls = [];
    private int _acquired;
    private int _leading;
    private int _listed;
    private int _observed;
    private int _overlaps;
    private int _triesToRemove;

    public string Description => "a fake";

    public Func<Task> BeforeAcquire { get; set; } = () => Task.CompletedTask;

    public Func<Task> BeforeList { get; set; } = () => Task.CompletedTask;

    public Func<Task> BeforeObserve { get; set; } = () => Task.CompletedTask;

    public Func<Guid, Task> BeforeApplyStack { get; set; } = _ => Task.CompletedTask;

    public Func<Guid, Task> BeforeRemoveStack { get; set; } = _ => Task.CompletedTask;

    public Func<AgentRef, Task> BeforeApplyAgent { get; set; } = _ => Task.CompletedTask;

    public Func<AgentRef, Task> BeforeRemoveAgent { get; set; } = _ => Task.CompletedTask;

    /// <summary>False: applying an agent isn't followed by any observation.</summary>
    public bool Observes { get; set; } = true;

    /// <summary>So many removals of agents or stacks minus one are still under way when they are asked for.</summary>
    public int TriesToRemove
    {
        get => Volatile.Read(ref _triesToRemove);
        set => Volatile.Write(ref _triesToRemove, value);
    }

    /// <summary>How often the reconciler has begun.</summary>
    public int Acquired => Volatile.Read(ref _acquired);

    /// <summary>How many run that should be one at most, and none while another server leads.</summary>
    public int Leading => Volatile.Read(ref _leading);

    /// <summary>How often a full pass has begun.</summary>
    public int Listed => Volatile.Read(ref _listed);

    /// <summary>How often the observation has begun.</summary>
    public int Observed => Volatile.Read(ref _observed);

    /// <summary>Calls for one agent or stack while another for the same was under way: there must be none.</summary>
    public int Overlaps => Volatile.Read(ref _overlaps);

    public int UnreadObservations => _observations.Reader.Count;

    public ConcurrentDictionary<Guid, bool> Stacks { get; } = [];

    public ConcurrentDictionary<AgentRef, bool> Agents { get; } = [];

    public ConcurrentQueue<AgentRef> Applied { get; } = [];

    /// <summary>Of each agent what was applied last.</summary>
    public ConcurrentDictionary<AgentRef, AgentSpec> Specs { get; } = [];

    public ConcurrentQueue<AgentRef> Removed { get; } = [];

    public ConcurrentQueue<Guid> RemovedStacks { get; } = [];

    /// <summary>Every call that acts fails so from now on.</summary>
    public void FailEverything(Exception exception)
    {
        BeforeApplyStack = BeforeRemoveStack = _ => Task.FromException(exception);
        BeforeApplyAgent = BeforeRemoveAgent = _ => Task.FromException(exception);
    }

    public void FailNothing()
    {
        BeforeApplyStack = BeforeRemoveStack = _ => Task.CompletedTask;
        BeforeApplyAgent = BeforeRemoveAgent = _ => Task.CompletedTask;
    }

    /// <summary>Somebody removes a stack behind the server's back.</summary>
    public void Lose(Guid stackId)
    {
        Stacks.TryRemove(stackId, out _);
        foreach (var agent in Agents.Keys.Where(agent => agent.StackId == stackId))
            Forget(agent);
    }

    public void Observe(AgentRef agent, AgentObservation observation)
    {
        _latest[agent] = observation;
        _observations.Writer.TryWrite(new ObservedAgent(agent, observation));
    }

    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _acquired);
        await BeforeAcquire().WaitAsync(cancellationToken);
    }

    public async Task LeadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _leading);
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _leading);
        }
    }

    public Task<bool> ApplyStackAsync(Guid stackId, CancellationToken cancellationToken) => AloneAsync(stackId, async () =>
    {
        await BeforeApplyStack(stackId).WaitAsync(cancellationToken);
        return Stacks.TryAdd(stackId, true);
    });

    public Task<bool> RemoveStackAsync(Guid stackId, CancellationToken cancellationToken) => AloneAsync(stackId, async () =>
    {
        await BeforeRemoveStack(stackId).WaitAsync(cancellationToken);
        if (Interlocked.Decrement(ref _triesToRemove) > 0)
            return false;

        Lose(stackId);
        RemovedStacks.Enqueue(stackId);
        return true;
    });

    public Task ApplyAgentAsync(AgentSpec agent, CancellationToken cancellationToken) => AloneAsync(agent.Agent.AgentId, async () =>
    {
        await BeforeApplyAgent(agent.Agent).WaitAsync(cancellationToken);
        if (!Stacks.ContainsKey(agent.Agent.StackId))
            throw new RuntimeUnavailableException("NoPlace", "The stack isn't there.");

        // What was seen of another rollout says nothing about this one.
        if (Specs.TryGetValue(agent.Agent, out var before) && before.Rollout != agent.Rollout)
            _latest.TryRemove(agent.Agent, out _);
        Specs[agent.Agent] = agent;
        Agents[agent.Agent] = true;
        Applied.Enqueue(agent.Agent);
        if (Observes)
            Observe(agent.Agent, _latest.GetValueOrDefault(agent.Agent, AgentObservation.Starting));
        return true;
    });

    public Task<bool> RemoveAgentAsync(AgentRef agent, CancellationToken cancellationToken) => AloneAsync(agent.AgentId, async () =>
    {
        await BeforeRemoveAgent(agent).WaitAsync(cancellationToken);
        if (Interlocked.Decrement(ref _triesToRemove) > 0)
            return false;

        Forget(agent);
        Removed.Enqueue(agent);
        return true;
    });

    public async IAsyncEnumerable<ObservedAgent> ObserveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _observed);
        await BeforeObserve();
        await foreach (var observed in _observations.Reader.ReadAllAsync(cancellationToken))
            yield return observed;
    }

    public async Task<RuntimeInventory> ListAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _listed);
        await BeforeList().WaitAsync(cancellationToken);
        return new RuntimeInventory([.. Stacks.Keys], [.. Agents.Keys]);
    }

    public Task<IReadOnlyList<string>> ReadLogTailAsync(AgentRef agent, int lines, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    public IAsyncEnumerable<LogLine> ReadLogAsync(AgentRef agent, LogQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> CheckHealthAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    private void Forget(AgentRef agent)
    {
        Agents.TryRemove(agent, out _);
        _latest.TryRemove(agent, out _);
    }

    private async Task<bool> AloneAsync(Guid id, Func<Task<bool>> call)
    {
        if (_calls.AddOrUpdate(id, 1, (_, count) => count + 1) != 1)
            Interlocked.Increment(ref _overlaps);
        try
        {
            return await call();
        }
        finally
        {
            _calls.AddOrUpdate(id, 0, (_, count) => count - 1);
        }
    }
}
