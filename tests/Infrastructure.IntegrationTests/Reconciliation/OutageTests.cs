using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>A runtime that is away for a while, as a cluster can be.</summary>
public sealed class OutageTests
{
    private static readonly RuntimeUnavailableException Unreachable = new("ClusterUnreachable", "The cluster doesn't answer.");
    private static readonly Task Never = new TaskCompletionSource().Task;

    private ReconcilerTestBed _bed;

    [SetUp]
    public async Task SetUpAsync() => _bed = await ReconcilerTestBed.CreateAsync();

    [TearDown]
    public async Task TearDownAsync() => await _bed.DisposeAsync();

    [Test]
    public async Task Rows_WhenTheRuntimeCantAct_SayWhyUntilItCan()
    {
        _bed.Runtime.FailEverything(Unreachable);
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        var creating = await _bed.UntilStackAsync(stack, found => found!.StatusReason is not null);
        Assert.That(
            (creating!.Status, creating.StatusReason, creating.StatusMessage),
            Is.EqualTo((StackStatus.Creating, "ClusterUnreachable", "The cluster doesn't answer.")));
        await _bed.UntilAgentAsync(
            agent, found => found is { Status: AgentStatus.Pending, StatusReason: "ClusterUnreachable", StatusMessage: "The cluster doesn't answer." });

        _bed.Runtime.BeforeApplyStack = _ => Task.CompletedTask;
        await _bed.UntilStackAsync(stack, found => found is { Status: StackStatus.Ready, StatusReason: null, StatusMessage: null });
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Deploying, StatusReason: "ClusterUnreachable" });

        _bed.Runtime.FailNothing();
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Deploying, StatusReason: null, StatusMessage: null });
    }

    [Test]
    public async Task Rows_WhenTheRuntimeCantRemove_SayWhyUntilItCan()
    {
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await Eventually.TrueAsync(() => !_bed.Runtime.Applied.IsEmpty, "the agent to be applied");

        _bed.Runtime.FailEverything(Unreachable);
        await _bed.DeleteStackAsync(stack);
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Deleting, StatusReason: "ClusterUnreachable" });

        // It answers again, but the end takes its time.
        _bed.Runtime.TriesToRemove = int.MaxValue;
        _bed.Runtime.BeforeRemoveAgent = _ => Task.CompletedTask;
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Deleting, StatusReason: null });

        _bed.Runtime.TriesToRemove = 0;
        await _bed.UntilAgentAsync(agent, found => found is null);
        await _bed.UntilStackAsync(stack, found => found is { Status: StackStatus.Deleting, StatusReason: "ClusterUnreachable" });

        _bed.Runtime.TriesToRemove = int.MaxValue;
        _bed.Runtime.BeforeRemoveStack = _ => Task.CompletedTask;
        await _bed.UntilStackAsync(stack, found => found is { Status: StackStatus.Deleting, StatusReason: null });

        _bed.Runtime.TriesToRemove = 0;
        await _bed.UntilStackAsync(stack, found => found is null);
    }

    [Test]
    public async Task Agent_WhenItRunsAndCantBeAppliedAgain_StaysAsItWasSeen()
    {
        var (stack, agent) = await _bed.AddAsync();
        await _bed.SendAsync(new ReconcileStack(stack));
        await _bed.SendAsync(new ObserveAgent(new ObservedAgent(new AgentRef(stack, agent), AgentObservation.Running)));

        _bed.Runtime.FailEverything(Unreachable);
        Assert.That(async () => await _bed.SendAsync(new ReconcileAgent(agent)), Throws.TypeOf<RuntimeUnavailableException>());

        var seen = await _bed.FindAgentAsync(agent);
        Assert.That((seen!.Status, seen.StatusReason, seen.StatusMessage), Is.EqualTo((AgentStatus.Running, (string?)null, (string?)null)));
    }

    [Test]
    public async Task Log_WhenManyWaitForTheRuntime_SaysSoOnceAndWhenItIsOver()
    {
        // Each has a sentence of its own.
        _bed.Runtime.BeforeApplyStack = stack => throw new RuntimeUnavailableException("ClusterUnreachable", $"No answer about {stack}.");
        await _bed.StartAsync();
        List<Guid> stacks = [];
        for (var i = 0; i < 20; i++)
            stacks.Add((await _bed.AddAsync()).Stack);
        foreach (var stack in stacks)
            await _bed.UntilStackAsync(stack, found => found!.StatusReason is not null);

        Assert.That(_bed.Log.Where(entry => entry.Level >= LogLevel.Warning), Has.One.Items);
        var (level, text, exception) = _bed.Log.Single(entry => entry.Level >= LogLevel.Warning);
        Assert.That((level, exception), Is.EqualTo((LogLevel.Warning, (Exception?)null)));
        Assert.That(text, Does.Contain("ClusterUnreachable").And.Contain("No answer about"));

        _bed.Runtime.FailNothing();
        await Eventually.TrueAsync(() => _bed.Log.Any(entry => entry.Text.Contains("Nothing waits", StringComparison.Ordinal)), "the end to be logged");
        Assert.That(_bed.Log.Count(entry => entry.Text.Contains("ClusterUnreachable", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [Test]
    public async Task Retry_WhenTheRuntimeSaysWhen_DoesNotComeEarlier()
    {
        // The poll finds both again and again, since they are being created.
        var (patient, _) = await _bed.AddAsync();
        var (impatient, _) = await _bed.AddAsync();
        var tries = new ConcurrentDictionary<Guid, int>();
        _bed.Runtime.BeforeApplyStack = stack =>
        {
            tries.AddOrUpdate(stack, 1, (_, count) => count + 1);
            throw stack == patient ? new RuntimeUnavailableException("TooManyRequests", "The cluster is busy.", TimeSpan.FromHours(1)) : Unreachable;
        };
        await _bed.StartAsync();

        await Eventually.TrueAsync(() => tries.GetValueOrDefault(impatient) >= 10, "the other to be tried again and again");
        Assert.That(tries[patient], Is.EqualTo(1));
    }

    [Test]
    public async Task Pass_WhenTheRuntimeCantTellWhatItHas_HoldsUpNothingElse()
    {
        _bed.Runtime.BeforeList = () => Never;
        var (_, before) = await _bed.AddAsync();
        await _bed.StartAsync();
        var (_, after) = await _bed.AddAsync();

        foreach (var agent in new[] { before, after })
            await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Deploying);
        await _bed.DeleteAgentAsync(after);
        await _bed.UntilAgentAsync(after, found => found is null);
    }

    [Test]
    public async Task Observation_WhenItBreaksOffAgainAndAgain_StartsNothingElseAnew()
    {
        _bed.Runtime.BeforeObserve = () => throw Unreachable;
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await Eventually.TrueAsync(() => _bed.Runtime.Observed >= 3, "the observation to be tried again");
        Assert.That((_bed.Runtime.Acquired, _bed.Runtime.Listed), Is.EqualTo((1, 1)));

        _bed.Runtime.BeforeObserve = () => Task.CompletedTask;
        _bed.Runtime.Observe(new AgentRef(stack, agent), AgentObservation.Running);
        await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Running);
    }

    [Test]
    public async Task Pass_WhenNothingChanged_WritesNothing()
    {
        await _bed.StartAsync();
        List<AgentRef> agents = [];
        for (var i = 0; i < 10; i++)
        {
            var (stack, agent) = await _bed.AddAsync();
            await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Deploying);
            agents.Add(new AgentRef(stack, agent));
        }

        await _bed.StopAsync();
        _bed.Runtime.Applied.Clear();
        using (await _bed.Gate.EnterAsync(CancellationToken.None))
        {
            // Whoever wants to write now waits.
            await _bed.StartAsync();
            await Eventually.TrueAsync(() => _bed.Runtime.Applied.Distinct().Count() == agents.Count, "every agent to be applied again");
            _bed.Runtime.Observe(agents[0], AgentObservation.Running);
            await Eventually.TrueAsync(() => _bed.Runtime.UnreadObservations == 0, "what is seen of every agent to be read");
            Assert.That((await _bed.FindAgentAsync(agents[0].AgentId))!.Status, Is.EqualTo(AgentStatus.Deploying), "this one has to wait");
        }

        await _bed.UntilAgentAsync(agents[0].AgentId, found => found?.Status == AgentStatus.Running);
    }
}
