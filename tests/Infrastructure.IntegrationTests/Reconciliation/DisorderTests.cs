using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>Creating and deleting in any order, with a runtime whose calls take their time and fail: in the end it equals the rows.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class DisorderTests(DatabaseProvider provider)
{
    private ReconcilerTestBed _bed;

    [SetUp]
    public async Task SetUpAsync() => _bed = await ReconcilerTestBed.CreateAsync(provider);

    [TearDown]
    public async Task TearDownAsync() => await _bed.DisposeAsync();

    [TestCase("done")]
    [TestCase("unavailable")]
    [TestCase("refused")]
    public async Task Delete_WhenTheAgentIsBeingApplied_EndsItHoweverThatEnds(string outcome)
    {
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _bed.Runtime.BeforeApplyAgent = _ =>
        {
            reached.TrySetResult();
            return release.Task;
        };
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await reached.Task.WaitAsync(Eventually.Deadline);

        await _bed.DeleteStackAsync(stack);
        End(release, outcome);

        await UntilNothingIsLeftAsync(stack, agent);
    }

    [TestCase("done")]
    [TestCase("unavailable")]
    [TestCase("refused")]
    public async Task Delete_WhenTheStackIsBeingMade_EndsItHoweverThatEnds(string outcome)
    {
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _bed.Runtime.BeforeApplyStack = _ =>
        {
            reached.TrySetResult();
            return release.Task;
        };
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await reached.Task.WaitAsync(Eventually.Deadline);

        await _bed.DeleteStackAsync(stack);
        await _bed.UntilAgentAsync(agent, found => found is null);
        End(release, outcome);

        await UntilNothingIsLeftAsync(stack, agent);
    }

    [Test]
    public async Task Upload_WhenTheStackIsBeingRemoved_IsRefusedAndTheRemovalGoesOn()
    {
        var (reached, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _bed.Runtime.BeforeRemoveAgent = _ =>
        {
            reached.TrySetResult();
            return release.Task;
        };
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Deploying);
        await _bed.DeleteStackAsync(stack);
        await reached.Task.WaitAsync(Eventually.Deadline);

        Assert.That(async () => await _bed.AddAgentAsync(stack), Throws.TypeOf<ConflictException>());
        End(release, "unavailable");

        await UntilNothingIsLeftAsync(stack, agent);
    }

    [Test]
    public async Task Settle_WhenEverythingHappensAtOnce_EndsWithTheRuntimeEqualToTheRows()
    {
        _bed.Runtime.BeforeApplyStack = _bed.Runtime.BeforeRemoveStack = _ => StumbleAsync();
        _bed.Runtime.BeforeApplyAgent = _bed.Runtime.BeforeRemoveAgent = _ => StumbleAsync();
        await _bed.StartAsync();

        await Parallel.ForAsync(0, 12, async (number, _) =>
        {
            var (stack, first) = await _bed.AddAsync();
            List<Guid> own = [first];
            for (var i = 0; i < 4; i++)
                own.Add(await _bed.AddAgentAsync(stack));
            await _bed.DeleteAgentAsync(own[Random.Shared.Next(own.Count)]);
            if (number % 3 == 0)
            {
                _bed.Runtime.Lose(stack);
                _bed.Queue.Enqueue(ReconcileKey.Stack(stack));
            }
            else if (number % 3 == 1)
            {
                await _bed.DeleteStackAsync(stack);
            }
        });
        _bed.Runtime.FailNothing();

        await Eventually.TrueAsync(
            async () =>
            {
                var (stacks, rows) = await _bed.WithDatabaseAsync(async db => (
                    await db.Stacks.AsNoTracking().ToListAsync(), await db.Agents.AsNoTracking().ToListAsync()));
                return stacks.TrueForAll(stack => stack.Status == StackStatus.Ready)
                    && rows.TrueForAll(agent => agent.Status == AgentStatus.Deploying && agent.StatusReason is null)
                    && stacks.Select(stack => stack.Id).ToHashSet().SetEquals(_bed.Runtime.Stacks.Keys)
                    && rows.Select(agent => new AgentRef(agent.StackId!.Value, agent.Id)).ToHashSet().SetEquals(_bed.Runtime.Agents.Keys);
            },
            "the runtime to equal the rows");
        Assert.Multiple(() =>
        {
            Assert.That(_bed.Runtime.Stacks, Has.Count.EqualTo(8));
            Assert.That(_bed.Runtime.Agents, Has.Count.EqualTo(32));
            Assert.That(_bed.Runtime.Overlaps, Is.Zero);
        });
    }

    private static void End(TaskCompletionSource call, string outcome)
    {
        if (outcome == "done")
            call.SetResult();
        else
            call.SetException(outcome == "refused" ? new RuntimeRefusedException("No", "No.") : new RuntimeUnavailableException("Busy", "Not now."));
    }

    /// <summary>What a call does before it does anything: takes a moment, and fails every other time.</summary>
    private static async Task StumbleAsync()
    {
        await Task.Delay(Random.Shared.Next(5));
        switch (Random.Shared.Next(6))
        {
            case 0:
                throw new RuntimeUnavailableException("Busy", "Not now.");
            case 1:
                throw new RuntimeRefusedException("No", "No.");
            case 2:
                throw new InvalidOperationException("broken");
        }
    }

    private async Task UntilNothingIsLeftAsync(Guid stack, Guid agent)
    {
        // What failed once needs no second failure.
        _bed.Runtime.FailNothing();
        await _bed.UntilAgentAsync(agent, found => found is null);
        await _bed.UntilStackAsync(stack, found => found is null);
        Assert.Multiple(() =>
        {
            Assert.That(_bed.Runtime.Agents, Is.Empty);
            Assert.That(_bed.Runtime.Stacks, Is.Empty);
            Assert.That(_bed.Runtime.Overlaps, Is.Zero);
        });
    }
}
