using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>What the reconciler relies on, whichever runtime it has. Alone, because one of these calls an agent at a steady rate.</summary>
[NonParallelizable]
internal abstract class AgentRuntimeContractTests
{
    private IAgentRuntime _runtime = null!;
    private ObservationLog _observations = null!;

    /// <summary>Programs that a runtime under test has to be able to run.</summary>
    protected enum AgentProgram
    {
        /// <summary>Writes the line <c>hello from the agent</c>, answers every GET on <c>PORT</c> with 200 and goes on.</summary>
        Healthy,

        /// <summary>Writes the line <c>cannot go on</c> and ends with exit code 3.</summary>
        Crashing,

        /// <summary>Goes on and never listens.</summary>
        NeverReady,
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
    public async Task ApplyAgent_WhenOnlyTheRolloutIsAnother_SaysSoWithoutAnotherProcess()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);
        var before = _observations.Of(agent.Agent).Count;

        await _runtime.ApplyAgentAsync(agent with { Rollout = 7 }, CancellationToken.None);

        await WaitForRolloutAsync(agent.Agent, 7, ObservedState.Running);
        Assert.That(_observations.Of(agent.Agent).Skip(before).Select(observation => observation.State), Has.All.EqualTo(ObservedState.Running));
    }

    [Test]
    public async Task ApplyAgent_WhenItIsChangedForBetterAndWorse_AnswersEveryCall()
    {
        var good = (await ApplyAsync(AgentProgram.Healthy)) with { Rollout = 1 };
        await _observations.WaitForAsync(good.Agent, ObservedState.Running);
        await using var caller = new SteadyCaller((IRunningAgents)_runtime, good.Agent);

        good = Specify(good.Agent, AgentProgram.Healthy, revision: 2) with { Rollout = 2 };
        await _runtime.ApplyAgentAsync(good, CancellationToken.None);
        await WaitForRolloutAsync(good.Agent, 2, ObservedState.Running);
        await caller.AnswersAsync(50);

        var crashing = Specify(good.Agent, AgentProgram.Crashing, revision: 3) with { Rollout = 3 };
        await _runtime.ApplyAgentAsync(crashing, CancellationToken.None);
        var failure = await _observations.WaitForAsync(
            good.Agent, observation => observation is { Rollout: 3, IsLasting: true }, "the crashes to be known for lasting");
        Assert.That((failure.State, failure.Reason), Is.EqualTo((ObservedState.Failed, "CrashLoopBackOff")));
        await _runtime.ApplyAgentAsync(good with { Rollout = 4 }, CancellationToken.None);
        await WaitForRolloutAsync(good.Agent, 4, ObservedState.Running);
        await caller.AnswersAsync(50);

        var silent = Specify(good.Agent, AgentProgram.NeverReady, revision: 5) with
        {
            Rollout = 5,
            Settings = new AgentSettings { Health = new HealthSettings { StartupSeconds = 2 } },
        };
        await _runtime.ApplyAgentAsync(silent, CancellationToken.None);
        failure = await WaitForRolloutAsync(good.Agent, 5, ObservedState.Failed);
        Assert.That(failure.IsLasting);
        await _runtime.ApplyAgentAsync(good with { Rollout = 6 }, CancellationToken.None);
        await WaitForRolloutAsync(good.Agent, 6, ObservedState.Running);

        // A restart is a change too.
        await _runtime.ApplyAgentAsync(good with { Rollout = 7, Restarts = 1 }, CancellationToken.None);
        await WaitForRolloutAsync(good.Agent, 7, ObservedState.Running);
        await caller.AnswersAsync(50);

        await caller.StopAsync();
        Assert.That(caller.Failures, Is.Empty, $"{caller.Answers} calls were answered");
    }

    [Test]
    public async Task ApplyAgent_WhenStopped_EndsTheProcessesAndKeepsTheLog()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);
        await LogOfAsync(agent.Agent, new LogQuery { Search = "hello" }, lines => lines.Count == 1);

        await _runtime.ApplyAgentAsync(agent with { Rollout = 2, IsStopped = true }, CancellationToken.None);

        await Eventually.TrueAsync(() => !((IRunningAgents)_runtime).TryGetEndpoint(agent.Agent, out _), "the agent is stopped");
        await LogOfAsync(agent.Agent, new LogQuery { Search = "hello" }, lines => lines.Count == 1);
        await _runtime.ApplyAgentAsync(agent with { Rollout = 3 }, CancellationToken.None);
        await WaitForRolloutAsync(agent.Agent, 3, ObservedState.Running);
        await LogOfAsync(agent.Agent, new LogQuery { Search = "hello" }, lines => lines.Count == 2);
        await LogOfAsync(agent.Agent, new LogQuery { Search = "hello", Previous = true }, lines => lines.Count == 1);
    }

    [Test]
    public async Task ReadLog_WhenTheAgentWrote_SaysWhenAndWhichPod()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);

        var lines = await LogOfAsync(agent.Agent, new LogQuery { Search = "HELLO", Tail = 5 }, lines => lines.Count > 0);

        Assert.That(lines, Has.Count.EqualTo(1));
        Assert.That((lines[0].Source, lines[0].Text), Is.EqualTo((LogSource.Stdout, "hello from the agent")));
        Assert.That(lines[0].Pod, Is.Not.Empty);
        await LogOfAsync(agent.Agent, new LogQuery { Pod = lines[0].Pod, Since = lines[0].Time }, found => found.Contains(lines[0]));
        await LogOfAsync(agent.Agent, new LogQuery { Pod = "another" }, found => found.Count == 0);
        await LogOfAsync(agent.Agent, new LogQuery { Since = lines[0].Time.AddHours(1) }, found => found.Count == 0);
        await LogOfAsync(agent.Agent, new LogQuery { Tail = 0 }, found => found.Count == 0);
    }

    [Test]
    public async Task ReadLog_WhenItCrashed_HasWhatItWroteBefore()
    {
        var agent = await ApplyAsync(AgentProgram.Crashing);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        await LogOfAsync(agent.Agent, new LogQuery { Previous = true }, lines => lines.Any(line => line.Text == "cannot go on"));
    }

    [Test]
    public async Task ReadLog_WhenFollowed_GoesOnWithWhatTakesOver()
    {
        var agent = await ApplyAsync(AgentProgram.Healthy);
        await _observations.WaitForAsync(agent.Agent, ObservedState.Running);
        using var limit = new CancellationTokenSource(Eventually.Deadline);
        await using var log = _runtime.ReadLogAsync(agent.Agent, new LogQuery { Follow = true, Search = "hello" }, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.That(await log.MoveNextAsync());
        var first = log.Current;

        await _runtime.ApplyAgentAsync(Specify(agent.Agent, AgentProgram.Healthy, revision: 2) with { Rollout = 2 }, CancellationToken.None);

        Assert.That(await log.MoveNextAsync());
        Assert.That(log.Current.Text, Is.EqualTo("hello from the agent"));
        Assert.That(log.Current.Pod, Is.Not.EqualTo(first.Pod));
        var next = log.MoveNextAsync().AsTask();
        await limit.CancelAsync();
        Assert.That(async () => await next, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task ReadLog_WhenTheAgentNeverWasThere_IsEmpty() =>
        Assert.That(await ReadLogAsync(new AgentRef(Guid.NewGuid(), Guid.NewGuid()), new LogQuery()), Is.Empty);

    [Test]
    public async Task CheckHealth_WhenTheRuntimeWorks_HasNothingToSay() =>
        Assert.That(await _runtime.CheckHealthAsync(CancellationToken.None), Is.Null);

    protected abstract Task<IAgentRuntime> StartRuntimeAsync();

    /// <summary>Ends the runtime and removes all that the test left.</summary>
    protected abstract Task EndRuntimeAsync();

    /// <summary>Puts the program's code where the runtime finds it, each revision's to a place of its own.</summary>
    protected abstract AgentSpec Specify(AgentRef agent, AgentProgram program, int revision = 1);

    private Task<AgentObservation> WaitForRolloutAsync(AgentRef agent, int rollout, ObservedState state) => _observations.WaitForAsync(
        agent, observation => observation.Rollout == rollout && observation.State == state, $"rollout {rollout} to be {state}");

    private Task<IReadOnlyList<LogLine>> LogOfAsync(AgentRef agent, LogQuery query, Func<IReadOnlyList<LogLine>, bool> accept) =>
        Eventually.GetAsync(() => ReadLogAsync(agent, query), accept, $"the log of {query}");

    private async Task<IReadOnlyList<LogLine>> ReadLogAsync(AgentRef agent, LogQuery query)
    {
        List<LogLine> lines = [];
        await foreach (var line in _runtime.ReadLogAsync(agent, query, CancellationToken.None))
            lines.Add(line);
        return lines;
    }

    private async Task<AgentSpec> ApplyAsync(AgentProgram program, Guid? stackId = null)
    {
        var agent = Specify(new AgentRef(stackId ?? Guid.CreateVersion7(), Guid.CreateVersion7()), program);
        await _runtime.ApplyStackAsync(agent.Agent.StackId, CancellationToken.None);
        await _runtime.ApplyAgentAsync(agent, CancellationToken.None);
        return agent;
    }
}
