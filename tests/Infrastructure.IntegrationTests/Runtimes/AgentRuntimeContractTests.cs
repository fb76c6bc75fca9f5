using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>What the reconciler relies on, whichever runtime it has.</summary>
internal abstract class AgentRuntimeContractTests
{
    private IAgentRuntime _runtime = null!;
    private ObservationLog _observations = null!;

    /// <summary>Programs that a runtime under test has to be able to run.</summary>
    protected enum AgentProgram
    {
        /// <summary>Writes the line <c>hello from the agent</c>, listens on <c>PORT</c> and goes on.</summary>
        Healthy,

        /// <summary>Writes the line <c>cannot go on</c> and ends with exit code 3.</summary>
        Crashing,
    }

    [SetUp]
    public async Task StartAsync()
    {
        _runtime = await StartRuntimeAsync();
        await _runtime.AcquireAsync(CancellationToken.None);
        _observations = new ObservationLog(_runtime);
    }

    [TearDown]
    public async Task EndAsync()
    {
        await _observations.DisposeAsync();
        await EndRuntimeAsync();
    }

    [Test]
    public async Task ApplyAgent_WhenNew_IsSeenStartingThenRunning()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);

        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);

        // A slow reader may miss what comes between, so it need not have seen the start.
        Assert.That(_observations.StatesOf(agent.Agent).SkipLast(1), Has.All.EqualTo(ObservedState.Starting));
    }

    [Test]
    public async Task ApplyAgent_WhenAppliedTwice_ChangesNothingAndSaysAgainHowTheAgentStands()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);
        var before = _observations.Of(agent.Agent);

        await _runtime.ApplyAgentAsync(agent, CancellationToken.None);

        await _observations.WaitForAsync(agent.Agent, ObservedState.Running, skip: before.Count);
        Assert.That(_observations.StatesOf(agent.Agent).Skip(before.Count), Has.All.EqualTo(ObservedState.Running));
    }

    [Test]
    public async Task ApplyAgent_WhenTheRevisionIsAnother_RunsItAnew()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);
        var before = _observations.Of(agent.Agent).Count;

        await _runtime.ApplyAgentAsync(agent with { Revision = agent.Revision + 1 }, CancellationToken.None);

        await _observations.WaitForAsync(agent.Agent, ObservedState.Running, skip: before);
    }

    [Test]
    public async Task ApplyAgent_WhenItKeepsCrashing_FailsWithReasonExitCodeAndLog()
    {
        var agent = await ApplyAsync(AgentProgram.Crashing);

        var failed = await _observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("CrashLoopBackOff"));
        Assert.That(failed.Message, Does.Contain("exit code 3").And.Contain("cannot go on"));
        Assert.That(_observations.StatesOf(agent.Agent), Has.None.EqualTo(ObservedState.Running));
    }

    [Test]
    public async Task RemoveAgent_WhenRepeated_SucceedsEachTime()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);

        await Eventually.TrueAsync(() => _runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None), "the agent is removed");

        Assert.That((await _runtime.ListAsync(CancellationToken.None)).Agents, Has.None.EqualTo(agent.Agent));
        Assert.That(await _runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None), Is.True);
    }

    [Test]
    public async Task RemoveAgent_WhenItNeverWasThere_Succeeds() =>
        Assert.That(await _runtime.RemoveAgentAsync(new AgentRef(Guid.NewGuid(), Guid.NewGuid()), CancellationToken.None), Is.True);

    [Test]
    public async Task RemoveStack_WhenItHasAgents_RemovesThemAndNoOthers()
    {
        var stack = Guid.CreateVersion7();
        var first = await ApplyAsync(AgentProgram.Healthy, stack);
        var second = await ApplyAsync(AgentProgram.Crashing, stack);
        var other = await ApplyAsync(AgentProgram.Healthy);

        await Eventually.TrueAsync(() => _runtime.RemoveStackAsync(stack, CancellationToken.None), "the stack is removed");

        var left = (await _runtime.ListAsync(CancellationToken.None)).Agents;
        Assert.That(left, Has.Some.EqualTo(other.Agent).And.None.EqualTo(first.Agent).And.None.EqualTo(second.Agent));
        Assert.That(await _runtime.RemoveStackAsync(stack, CancellationToken.None), Is.True);
    }

    [Test]
    public async Task Observe_WhenTheReaderComesAnew_BeginsWithWhatIsThere()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);
        await _observations.DisposeAsync();

        _observations = new ObservationLog(_runtime);

        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);
        Assert.That(_observations.StatesOf(agent.Agent), Is.EqualTo(new[] { ObservedState.Running }));
    }

    [Test]
    public async Task ReadLogTail_WhenTheAgentWroteLines_ReturnsTheLastOnes()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);

        await Eventually.TrueAsync(
            async () => (await _runtime.ReadLogTailAsync(agent.Agent, 1, CancellationToken.None)) is ["hello from the agent"], "the line is in the log");
    }

    [Test]
    public async Task ReadLogTail_WhenTheAgentNeverWasThere_IsEmpty() =>
        Assert.That(await _runtime.ReadLogTailAsync(new AgentRef(Guid.NewGuid(), Guid.NewGuid()), 10, CancellationToken.None), Is.Empty);

    [Test]
    public async Task CheckHealth_WhenTheRuntimeWorks_HasNothingToSay() =>
        Assert.That(await _runtime.CheckHealthAsync(CancellationToken.None), Is.Null);

    protected abstract Task<IAgentRuntime> StartRuntimeAsync();

    /// <summary>Ends the runtime and removes all that the test left.</summary>
    protected abstract Task EndRuntimeAsync();

    /// <summary>Puts the program's code where the runtime finds it.</summary>
    protected abstract AgentSpec Specify(AgentRef agent, AgentProgram program);

    private async Task<AgentSpec> ApplyAsync(AgentProgram program, Guid? stackId = null)
    {
        var agent = Specify(new AgentRef(stackId ?? Guid.CreateVersion7(), Guid.CreateVersion7()), program);
        await _runtime.ApplyStackAsync(agent.Agent.StackId, CancellationToken.None);
        await _runtime.ApplyAgentAsync(agent, CancellationToken.None);
        return agent;
    }
}
