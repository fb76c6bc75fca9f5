using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class DeadlineTests(DatabaseProvider provider)
{
    private static readonly TimeSpan Deadline = ReconcilerTestBed.DeployTimeout + ReconcilerTestBed.Grace;

    private ManualTime _time;
    private ReconcilerTestBed _bed;

    [SetUp]
    public async Task SetUpAsync()
    {
        _time = new ManualTime(ReconcilerTestBed.Now);
        _bed = await ReconcilerTestBed.CreateAsync(provider, _time);
    }

    [TearDown]
    public async Task TearDownAsync() => await _bed.DisposeAsync();

    [Test]
    public async Task FailOverdue_WhenTheTimeIsUp_FailsThoseAndNoOthers()
    {
        var first = await DeployAsync();
        var second = await DeployAsync();
        var deleted = await DeployAsync();
        await _bed.DeleteAgentAsync(deleted.AgentId);
        var running = await DeployAsync();
        await ObserveAsync(running, AgentObservation.Running);
        var (_, pending) = await _bed.AddAsync();
        await ObserveAsync(second, AgentObservation.Starting with { Reason = "Unschedulable", Message = "No node has room." });
        _time.Advance(TimeSpan.FromSeconds(1));
        var later = await DeployAsync();

        _time.Advance(Deadline - TimeSpan.FromSeconds(1) - TimeSpan.FromMicroseconds(1));
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.Zero);

        _time.Advance(TimeSpan.FromMicroseconds(1));
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.EqualTo(2));
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.Zero);

        await ExpectAsync(first.AgentId, AgentStatus.Failed, Agent.DeployDeadlineExceeded);
        var explained = await ExpectAsync(second.AgentId, AgentStatus.Failed, Agent.DeployDeadlineExceeded);
        Assert.That(explained.StatusMessage, Does.Contain("within 300 s").And.EndWith("No node has room."));
        await ExpectAsync(deleted.AgentId, AgentStatus.Deleting, reason: null);
        await ExpectAsync(running.AgentId, AgentStatus.Running, reason: null);
        await ExpectAsync(pending, AgentStatus.Pending, reason: null);
        await ExpectAsync(later.AgentId, AgentStatus.Deploying, reason: null);
    }

    [Test]
    public async Task FailOverdue_WhenTheAgentIsDeployedAnew_GivesItItsWholeTime()
    {
        var agent = await DeployAsync();
        _time.Advance(Deadline / 2);
        await ObserveAsync(agent, AgentObservation.Running);
        _time.Advance(Deadline / 2);
        await ObserveAsync(agent, AgentObservation.Starting);
        _time.Advance(Deadline / 2);
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.Zero);

        _time.Advance(Deadline / 2);
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.EqualTo(1));
    }

    [Test]
    public async Task Deadline_WhenTheRuntimeIsSilentAndTheServerIsRestarted_EndsTheDeployment()
    {
        _bed.Runtime.Observes = false;
        await _bed.StartAsync();
        var (stack, agent) = await _bed.AddAsync();
        await _bed.UntilAgentAsync(agent, found => found?.Status == AgentStatus.Deploying);
        await _bed.StopAsync();

        // The next server finds nothing that answers.
        _bed.Runtime.BeforeAcquire = () => new TaskCompletionSource().Task;
        _time.Advance(Deadline);
        await _bed.StartAsync();
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Failed, StatusReason: Agent.DeployDeadlineExceeded });

        _bed.Runtime.BeforeAcquire = () => Task.CompletedTask;
        _bed.Runtime.Applied.Clear();
        await _bed.RestartAsync();
        await Eventually.TrueAsync(() => !_bed.Runtime.Applied.IsEmpty, "the agent to be applied again");
        _bed.Runtime.Observe(new AgentRef(stack, agent), AgentObservation.Running);
        await _bed.UntilAgentAsync(agent, found => found is { Status: AgentStatus.Running, StatusReason: null });
    }

    [Test]
    public async Task Deadline_WhenTheServerHasJustStarted_LetsTheRuntimeSayFirstHowTheAgentStands()
    {
        // Timers are real: its grace is not over within this test.
        var grace = TimeSpan.FromHours(1);
        await _bed.DisposeAsync();
        _bed = await ReconcilerTestBed.CreateAsync(provider, _time, grace);
        var late = await DeployAsync();
        var running = await DeployAsync();
        _time.Advance(ReconcilerTestBed.DeployTimeout + grace);
        await _bed.StartAsync();
        _bed.Runtime.Observe(running, AgentObservation.Running);

        await _bed.UntilAgentAsync(running.AgentId, found => found?.Status == AgentStatus.Running);
        await ExpectAsync(late.AgentId, AgentStatus.Deploying, reason: null);
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.EqualTo(1), "it would have been its turn");
    }

    private async Task<AgentRef> DeployAsync()
    {
        var (stack, agent) = await _bed.AddAsync();
        await _bed.SendAsync(new ReconcileStack(stack));
        await _bed.SendAsync(new ReconcileAgent(agent));
        return new AgentRef(stack, agent);
    }

    private Task ObserveAsync(AgentRef agent, AgentObservation observation) =>
        _bed.SendAsync(new ObserveAgent(new ObservedAgent(agent, observation)));

    private async Task<Agent> ExpectAsync(Guid id, AgentStatus status, string? reason)
    {
        var agent = await _bed.UntilAgentAsync(id, found => found is not null);
        Assert.That((agent!.Status, agent.StatusReason), Is.EqualTo((status, reason)));
        return agent;
    }
}
