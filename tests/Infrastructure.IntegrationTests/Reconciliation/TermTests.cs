using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>A reconciler that leads at times.</summary>
public sealed class TermTests
{
    private ManualLeadership _leadership;
    private ReconcilerTestBed _bed;

    [SetUp]
    public async Task SetUpAsync()
    {
        _leadership = new ManualLeadership();
        _bed = await ReconcilerTestBed.CreateAsync(leadership: _leadership);
    }

    [TearDown]
    public async Task TearDownAsync() => await _bed.DisposeAsync();

    [Test]
    public async Task Standby_WhenThereIsWork_LeavesItUntilItLeads()
    {
        await _bed.StartAsync();
        await Eventually.TrueAsync(() => _bed.Runtime.Acquired == 1, "the runtime to be ready for requests");
        var (stack, agent) = await _bed.AddAsync();
        _bed.Queue.Enqueue(ReconcileKey.Stack(stack));
        _bed.Runtime.Observe(new AgentRef(stack, agent), AgentObservation.Running);
        Assert.That((_bed.Runtime.Listed, _bed.Runtime.Observed, _bed.Runtime.Stacks.Count), Is.EqualTo((0, 0, 0)));

        _leadership.Grant();
        await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Running);
        Assert.That(_bed.Runtime.Leading, Is.EqualTo(1));
    }

    [Test]
    public async Task Loss_WhenWorkIsUnderWay_StopsAllOfItAndTheNextTermBeginsAnew()
    {
        _leadership.Grant();
        await _bed.StartAsync();
        var begun = new TaskCompletionSource();
        _bed.Runtime.BeforeApplyAgent = _ =>
        {
            begun.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        var (stack, agent) = await _bed.AddAsync();
        await begun.Task;

        _leadership.Take();
        await Eventually.TrueAsync(() => _leadership.Ended == 1, "everything to stop");
        _bed.Runtime.BeforeApplyAgent = _ => Task.CompletedTask;
        _bed.Queue.Enqueue(ReconcileKey.Agent(agent));
        Assert.That((_bed.Runtime.Applied.Count, _bed.Runtime.Leading), Is.EqualTo((0, 0)));

        // What another leader did meanwhile, or left undone.
        _bed.Runtime.Lose(stack);
        _leadership.Grant();
        await Eventually.TrueAsync(() => _bed.Runtime.Applied.Contains(new AgentRef(stack, agent)), "the agent to be applied");
        Assert.Multiple(() =>
        {
            Assert.That((_bed.Runtime.Listed, _bed.Runtime.Acquired, _bed.Runtime.Overlaps), Is.EqualTo((2, 1, 0)));
            Assert.That(_bed.Log.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Text), Is.Empty, "that is nothing to worry about");
        });
    }

    [Test]
    public async Task Loss_WhenNobodyHasHeardOfIt_IsSeenBeforeTheNextStep()
    {
        _leadership.Grant();
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Deploying);

        _leadership.Take(isTold: false);
        var late = await _bed.AddAgentAsync(stack);
        _bed.Queue.Enqueue(ReconcileKey.Agent(late));
        _bed.Runtime.Observe(new AgentRef(stack, agent), AgentObservation.Running);
        await Eventually.TrueAsync(() => _bed.Runtime.UnreadObservations == 0, "the observation to be read");
        _leadership.Tell();
        await Eventually.TrueAsync(() => _leadership.Ended == 1, "everything to stop");

        Assert.That(_bed.Runtime.Applied.Select(applied => applied.AgentId), Has.None.EqualTo(late));
        Assert.That((await _bed.FindAgentAsync(agent))!.Status, Is.EqualTo(AgentStatus.Deploying));
    }

    [Test]
    public async Task Stop_WhenTheServerLeads_GivesTheLeadBack()
    {
        _leadership.Grant();
        await _bed.StartAsync();
        await Eventually.TrueAsync(() => _bed.Runtime.Listed == 1, "the first pass");

        await _bed.StopAsync();
        Assert.That(_leadership.Ended, Is.EqualTo(1));
    }
}
