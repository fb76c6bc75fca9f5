using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

public sealed class ReconcilerTests
{
    private ReconcilerTestBed _bed;

    [SetUp]
    public async Task SetUpAsync() => _bed = await ReconcilerTestBed.CreateAsync();

    [TearDown]
    public async Task TearDownAsync() => await _bed.DisposeAsync();

    [Test]
    public async Task Stack_WhenTheRuntimeRefusesIt_FailsWithTheReasonUntilTheCauseGoes()
    {
        _bed.Runtime.BeforeApplyStack = _ => throw new RuntimeRefusedException("NamespaceForbidden", "The cluster allows no namespaces.");
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();

        var failed = await _bed.UntilStackAsync(stack, found => found!.Status == StackStatus.Failed);
        Assert.That((failed!.StatusReason, failed.StatusMessage), Is.EqualTo(("NamespaceForbidden", "The cluster allows no namespaces.")));
        Assert.That(_bed.Runtime.Applied, Is.Empty, "an agent needs its place first");

        _bed.Runtime.FailNothing();
        var ready = await _bed.UntilStackAsync(stack, found => found!.Status == StackStatus.Ready);
        Assert.That((ready!.StatusReason, ready.StatusMessage), Is.EqualTo(((string?)null, (string?)null)));
        await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Deploying);
    }

    [Test]
    public async Task Agent_WhenTheRuntimeRefusesIt_FailsWithTheReasonUntilTheCauseGoes()
    {
        _bed.Runtime.BeforeApplyAgent = _ => throw new RuntimeRefusedException("QuotaExceeded", "There is no room.");
        await _bed.StartAsync();
        var (_, agent) = await _bed.AddAsync();

        var failed = await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Failed);
        Assert.That((failed!.StatusReason, failed.StatusMessage), Is.EqualTo(("QuotaExceeded", "There is no room.")));

        _bed.Runtime.FailNothing();
        await Eventually.TrueAsync(() => _bed.Runtime.Applied.Any(applied => applied.AgentId == agent), "the agent to be applied");
        _bed.Runtime.Observe(_bed.Runtime.Applied.First(), AgentObservation.Running);
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Running, StatusReason: null });
    }

    [Test]
    public async Task Delete_WhenTheEndTakesSeveralTries_KeepsRowAndFilesUntilThen()
    {
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await Eventually.TrueAsync(() => !_bed.Runtime.Applied.IsEmpty, "the agent to be applied");
        _bed.Runtime.TriesToRemove = 3;
        _bed.Storage.DeleteAgentAsync(stack, agent, Arg.Any<CancellationToken>())
            .Returns(_ => throw new IOException("busy"), _ => Task.CompletedTask);
        _bed.Storage.WhenForAnyArgs(storage => storage.DeleteAgentAsync(default, default, default))
            .Do(_ => Assert.That(_bed.Runtime.TriesToRemove, Is.LessThanOrEqualTo(0)));

        await _bed.DeleteStackAsync(stack);
        await _bed.UntilAgentAsync(agent, found => found is null);
        await Eventually.TrueAsync(async () => !await _bed.WithDatabaseAsync(db => db.Stacks.AnyAsync()), "the stack to be gone");

        Assert.That(_bed.Runtime.TriesToRemove, Is.LessThanOrEqualTo(0));
        await _bed.Storage.Received(2).DeleteAgentAsync(stack, agent, Arg.Any<CancellationToken>());
        await _bed.Storage.Received(1).DeleteStackAsync(stack, Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task Start_WhenTheRuntimeHasWhatNoRowAsksFor_RemovesItUntilItIsGoneAndNothingElse()
    {
        var (stack, agent) = await _bed.AddAsync();
        var own = new AgentRef(stack, agent);
        var orphan = new AgentRef(stack, Guid.CreateVersion7());
        var orphanStack = Guid.CreateVersion7();
        var inOrphanStack = new AgentRef(orphanStack, Guid.CreateVersion7());
        foreach (var known in new[] { own, orphan, inOrphanStack })
            _bed.Runtime.Agents[known] = _bed.Runtime.Stacks[known.StackId] = true;
        _bed.Runtime.TriesToRemove = 4;
        var unavailable = 2;
        _bed.Runtime.BeforeRemoveStack = _ => Interlocked.Decrement(ref unavailable) >= 0
            ? throw new RuntimeUnavailableException("ClusterUnreachable", "The cluster doesn't answer.")
            : Task.CompletedTask;
        await _bed.StartAsync();

        await Eventually.TrueAsync(() => _bed.Runtime.Agents.Count == 1 && _bed.Runtime.Stacks.Count == 1, "the orphans to be removed");
        Assert.Multiple(() =>
        {
            Assert.That(_bed.Runtime.Removed, Is.EqualTo(new[] { orphan }), "an orphan stack takes its agents with it");
            Assert.That(_bed.Runtime.RemovedStacks, Is.EqualTo(new[] { orphanStack }));
            Assert.That(_bed.Runtime.Agents.Keys, Is.EqualTo(new[] { own }));
            Assert.That(_bed.Runtime.Listed, Is.EqualTo(1), "one pass is enough");
        });
    }

    [Test]
    public async Task RemoveOrphan_WhenItHasARow_LeavesItAlone()
    {
        var (stack, agent) = await _bed.AddAsync();
        _bed.Runtime.Agents[new AgentRef(stack, agent)] = true;

        Assert.That(await _bed.SendAsync(new RemoveOrphan(new AgentRef(stack, agent))), Is.EqualTo(ReconcileResult.Settled));
        Assert.That(_bed.Runtime.Removed, Is.Empty);
    }

    [Test]
    public async Task Stack_WhenItsPlaceIsNewAgain_HasItsAgentsAppliedAgain()
    {
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await Eventually.TrueAsync(() => !_bed.Runtime.Applied.IsEmpty, "the agent to be applied");
        await _bed.UntilStackAsync(stack, found => found!.Status == StackStatus.Ready);

        _bed.Runtime.Lose(stack);
        _bed.Queue.Enqueue(ReconcileKey.Stack(stack));

        await Eventually.TrueAsync(() => _bed.Runtime.Agents.ContainsKey(new AgentRef(stack, agent)), "the agent to be put back");
    }

    [Test]
    public async Task Work_WhenSomeOfItAlwaysFails_GoesOnForTheRest()
    {
        // More of them than there are workers, and both parts of the cleaning up.
        _bed.Runtime.Agents[new AgentRef(Guid.CreateVersion7(), Guid.CreateVersion7())] = true;
        _bed.Runtime.BeforeRemoveAgent = _ => throw new InvalidOperationException("can't be removed");
        var failing = new ConcurrentDictionary<Guid, bool>();
        _bed.Runtime.BeforeApplyAgent = agent => failing.ContainsKey(agent.AgentId) ? throw new InvalidOperationException("broken") : Task.CompletedTask;
        _bed.Storage.SweepAsync(default!, default).ThrowsAsyncForAnyArgs(new IOException("a file that can't be removed"));
        for (var i = 0; i < 5; i++)
            failing[(await _bed.AddAsync()).Agent] = true;

        await _bed.StartAsync();
        var (_, good) = await _bed.AddAsync();
        await Eventually.TrueAsync(() => _bed.Runtime.Applied.Any(applied => applied.AgentId == good), "the good agent to be applied");
        await _bed.UntilAgentAsync(good, found => found?.Status == AgentStatus.Deploying);
        await Eventually.TrueAsync(() => _bed.Storage.ReceivedCalls().Any(call => call.GetMethodInfo().Name == nameof(ICodeStorage.SweepAsync)), "the cleaning up");
        Assert.That(_bed.Runtime.Acquired, Is.EqualTo(1), "none of it makes the reconciler start over");
    }

    [Test]
    public async Task Code_WhenItIsMissingForAWhile_FailsTheAgentUntilItIsBack()
    {
        _bed.Storage.Exists(default, default, default).ReturnsForAnyArgs(false);
        await _bed.StartAsync();
        var (_, agent) = await _bed.AddAsync();
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Failed, StatusReason: "CodeMissing" });
        Assert.That(_bed.Runtime.Applied, Is.Empty);

        _bed.Storage.Exists(default, default, default).ReturnsForAnyArgs(true);
        await _bed.RestartAsync();
        await Eventually.TrueAsync(() => !_bed.Runtime.Applied.IsEmpty, "the agent to be applied");
    }

    [Test]
    public async Task Code_WhenItIsMissing_IsLookedForAgainByItself()
    {
        var (stack, agent) = await _bed.AddAsync();
        await _bed.SendAsync(new ReconcileStack(stack));
        _bed.Storage.Exists(default, default, default).ReturnsForAnyArgs(false);

        Assert.That((await _bed.SendAsync(new ReconcileAgent(agent))).RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task Rows_WhenAnotherServerChangesThem_AreNoticed()
    {
        await _bed.StartAsync();
        var (_, agent) = await _bed.AddAsync();
        await Eventually.TrueAsync(() => !_bed.Runtime.Applied.IsEmpty, "the agent to be applied");

        // Past the context, so that no event of this process says anything.
        await _bed.WithDatabaseAsync(db => db.Agents.Where(found => found.Id == agent)
            .ExecuteUpdateAsync(set => set.SetProperty(found => found.Status, AgentStatus.Deleting)));
        await _bed.UntilAgentAsync(agent, found => found is null);
    }
}
