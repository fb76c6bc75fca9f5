using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Domain.UnitTests.Agents;

/// <summary>Revisions taking over from each other, ways back, and agents that are restarted, stopped and started.</summary>
public sealed class AgentRolloutTests
{
    private static readonly Guid Owner = Guid.CreateVersion7();
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly AgentSettings Manual = new() { AutoRollback = false };

    private static readonly AgentObservation Crash =
        AgentObservation.Failed("CrashLoopBackOff", "It exited with code 3.") with { IsLasting = true };

    private static readonly AgentObservation NoImage = AgentObservation.Failed("ImagePullBackOff", "There is no such image.");

    [Test]
    public void BeginRevision_WhenOneRuns_WantsTheNextAndLeavesTheFirstActive()
    {
        var agent = Running();

        Assert.That(agent.BeginRevision(AgentSettings.None, Owner, Start), Is.EqualTo(2));

        Assert.Multiple(() =>
        {
            Assert.That((agent.Revision, agent.LastRevision, agent.ActiveRevision), Is.EqualTo((2, 2, (int?)1)));
            Assert.That((agent.Status, agent.Rollout, agent.RolloutSince), Is.EqualTo((AgentStatus.Pending, 2, (DateTimeOffset?)null)));
            Assert.That(agent.DomainEvents.OfType<AgentRolloutRequested>(), Has.One.Items);
            Assert.That(agent.DomainEvents.OfType<AgentUpdated>(), Has.One.Items);
        });
    }

    [Test]
    public void BeginRevision_WhenSettingsSaySo_RemembersHowTheRolloutMayEnd()
    {
        var agent = Running();

        agent.BeginRevision(Manual with { Health = new HealthSettings { StartupSeconds = 7 } }, Owner, Start);
        Assert.That((agent.AutoRollback, agent.StartupSeconds), Is.EqualTo((false, (int?)7)));

        agent.BeginRevision(AgentSettings.None, Owner, Start);
        Assert.That((agent.AutoRollback, agent.StartupSeconds), Is.EqualTo((true, (int?)null)));
    }

    [Test]
    public void Verbs_WhenTheAgentRunsElsewhereOrGoes_AreConflicts()
    {
        var reported = Agent.Reported(Owner, "cursor", Start);
        var deleted = Running();
        deleted.Delete(Owner, Start);

        Assert.Multiple(() =>
        {
            foreach (var agent in new[] { reported, deleted })
            {
                Assert.That(() => agent.BeginRevision(AgentSettings.None, Owner, Start), Throws.TypeOf<ConflictException>());
                Assert.That(() => agent.Restart(Owner, Start), Throws.TypeOf<ConflictException>());
                Assert.That(() => agent.Stop(Owner, Start), Throws.TypeOf<ConflictException>());
                Assert.That(() => agent.Start(Owner, Start), Throws.TypeOf<ConflictException>());
            }
        });
    }

    [Test]
    public void Observe_WhenItIsAboutAnEarlierRollout_SaysNothing()
    {
        var agent = Running();
        agent.BeginRevision(AgentSettings.None, Owner, Start);
        agent.Deploy(Start);
        agent.ClearDomainEvents();

        agent.Observe(AgentObservation.Running with { Rollout = 1 }, Start);
        agent.Observe(Crash with { Rollout = 1 }, Start);
        Assert.That((agent.Status, agent.ActiveRevision, agent.DomainEvents.Count), Is.EqualTo((AgentStatus.Deploying, (int?)1, 0)));

        agent.Observe(AgentObservation.Running with { Rollout = 2 }, Start);
        Assert.That((agent.Status, agent.ActiveRevision), Is.EqualTo((AgentStatus.Running, (int?)2)));
    }

    [Test]
    public void Observe_WhenTheRevisionRuns_ActivatesItOnceAndRemembersTheOneBefore()
    {
        var agent = Running();
        agent.BeginRevision(AgentSettings.None, Owner, Start);
        agent.Deploy(Start);
        agent.ClearDomainEvents();

        agent.Observe(AgentObservation.Running, Start.AddSeconds(1));
        agent.Observe(AgentObservation.Running, Start.AddSeconds(2));

        Assert.Multiple(() =>
        {
            Assert.That((agent.ActiveRevision, agent.FallbackRevision, agent.RolloutSince), Is.EqualTo(((int?)2, (int?)1, (DateTimeOffset?)null)));
            Assert.That(agent.ActivatedAt, Is.EqualTo(Start.AddSeconds(1)));
            Assert.That(agent.DomainEvents.OfType<AgentRevisionActivated>().Select(activated => activated.Revision), Is.EqualTo(new[] { 2 }));
        });
    }

    [Test]
    public void Observe_WhenANewRevisionKeepsCrashing_GoesBackAndSaysWhy()
    {
        var agent = Deploying(revision: 2);

        agent.Observe(Crash with { Rollout = 2 }, Start);

        Assert.Multiple(() =>
        {
            Assert.That((agent.Revision, agent.LastRevision, agent.ActiveRevision, agent.Rollout), Is.EqualTo((1, 2, (int?)1, 3)));
            Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Pending, Agent.RolledBack)));
            Assert.That(agent.StatusMessage, Is.EqualTo("Revision 2 was rolled back to 1. It failed with CrashLoopBackOff: It exited with code 3."));
            Assert.That(
                agent.DomainEvents.OfType<AgentStatusChanged>().Select(change => change.Status),
                Is.EqualTo(new[] { AgentStatus.Failed, AgentStatus.Pending }),
                "a failure is told before it is mended");
            var failed = agent.DomainEvents.OfType<AgentRevisionFailed>().Single();
            Assert.That((failed.Revision, failed.Reason, failed.Message), Is.EqualTo((2, "CrashLoopBackOff", "It exited with code 3.")));
            Assert.That(agent.DomainEvents.OfType<AgentRolloutRequested>(), Has.One.Items);
        });
    }

    [Test]
    public void RolledBack_WhenTheOldRevisionRuns_GoesOnSayingSoUntilTheNextRollout()
    {
        var agent = Deploying(revision: 2);
        agent.Observe(Crash, Start);
        agent.Deploy(Start);
        agent.Observe(AgentObservation.Running with { Rollout = 3 }, Start);
        Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Running, Agent.RolledBack)));

        agent.Observe(AgentObservation.Starting with { Rollout = 3, Reason = "Restarting", Message = "Once more." }, Start);
        Assert.That(agent.StatusReason, Is.EqualTo("Restarting"), "what the runtime says comes first");

        Assert.That(agent.BeginRevision(AgentSettings.None, Owner, Start), Is.EqualTo(3), "numbers aren't used again");
        Assert.That((agent.Status, agent.StatusReason, agent.StatusMessage), Is.EqualTo((AgentStatus.Pending, (string?)null, (string?)null)));
    }

    [Test]
    public void Observe_WhenThereIsNothingToGoBackTo_FailsOnceAndRecovers()
    {
        var agent = Deployed();
        agent.Deploy(Start);
        agent.Observe(Crash, Start);
        agent.Observe(AgentObservation.Starting, Start);
        agent.Observe(Crash, Start);

        Assert.That((agent.Status, agent.Revision, agent.Rollout), Is.EqualTo((AgentStatus.Failed, 1, 1)));
        Assert.That(agent.DomainEvents.OfType<AgentRevisionFailed>(), Has.One.Items, "a crash loop goes on saying so");

        agent.Observe(AgentObservation.Running, Start);
        Assert.That((agent.Status, agent.ActiveRevision), Is.EqualTo((AgentStatus.Running, (int?)1)));
    }

    [Test]
    public void Observe_WhenItsUserDeclinedTheWayBack_FailsAndLeavesTheOldOneActive()
    {
        var agent = Deploying(revision: 2, Manual);

        agent.Observe(Crash, Start);

        Assert.That((agent.Status, agent.Revision, agent.ActiveRevision), Is.EqualTo((AgentStatus.Failed, 2, (int?)1)));
        Assert.That(agent.DomainEvents.OfType<AgentRevisionFailed>(), Has.One.Items);
    }

    [Test]
    public void Observe_WhenTheFailureMayMend_WaitsForTheDeadline()
    {
        var agent = Deploying(revision: 2);

        agent.Observe(NoImage, Start);
        Assert.That((agent.Status, agent.Revision, agent.RolloutSince), Is.EqualTo((AgentStatus.Failed, 2, (DateTimeOffset?)Start)));

        agent.MissDeadline(TimeSpan.FromSeconds(300), Start.AddSeconds(310));
        Assert.That((agent.Status, agent.Revision), Is.EqualTo((AgentStatus.Pending, 1)));
        Assert.That(agent.RollbackMessage, Does.EndWith("It failed with ImagePullBackOff: There is no such image."));
    }

    [Test]
    public void MissDeadline_WhenANewRevisionOnlyStarts_GoesBack()
    {
        var agent = Deploying(revision: 2);

        agent.MissDeadline(TimeSpan.FromSeconds(300), Start.AddSeconds(310));

        Assert.That((agent.Status, agent.Revision, agent.Rollout), Is.EqualTo((AgentStatus.Pending, 1, 3)));
        Assert.That(agent.RollbackMessage, Does.Contain(Agent.DeployDeadlineExceeded).And.Contain("within 300 s"));
    }

    [Test]
    public void MissDeadline_WhenItsRolloutHasEnded_LeavesAFailureAlone()
    {
        var agent = Running();
        agent.Observe(NoImage, Start);
        agent.ClearDomainEvents();

        agent.MissDeadline(TimeSpan.FromSeconds(300), Start.AddSeconds(310));

        Assert.That((agent.StatusReason, agent.DomainEvents.Count), Is.EqualTo(("ImagePullBackOff", 0)));
    }

    [Test]
    public void Probation_WhenItCrashesSoonAfterItTookOver_GoesBackOnce()
    {
        var agent = Deploying(revision: 2);
        agent.Observe(AgentObservation.Running, Start);

        agent.Observe(Crash, Start + Agent.Probation - TimeSpan.FromSeconds(1));
        Assert.That((agent.Revision, agent.ActiveRevision, agent.FallbackRevision), Is.EqualTo((1, (int?)1, (int?)null)));
        Assert.That(agent.DomainEvents.OfType<AgentRevisionFailed>().Select(failed => failed.Revision), Is.EqualTo(new[] { 2 }));

        agent.Deploy(Start);
        agent.Observe(Crash, Start);
        Assert.That((agent.Status, agent.Revision, agent.Rollout), Is.EqualTo((AgentStatus.Failed, 1, 3)), "there is nothing before it");
    }

    [Test]
    public void Probation_WhenItIsOverOrDeclined_LeavesTheRevisionActive()
    {
        var old = Deploying(revision: 2);
        old.Observe(AgentObservation.Running, Start);
        old.Observe(Crash, Start + Agent.Probation);
        var manual = Deploying(revision: 2, Manual);
        manual.Observe(AgentObservation.Running, Start);
        manual.Observe(Crash, Start);

        Assert.Multiple(() =>
        {
            foreach (var agent in new[] { old, manual })
            {
                Assert.That((agent.Status, agent.Revision, agent.ActiveRevision), Is.EqualTo((AgentStatus.Failed, 2, (int?)2)));
                Assert.That(agent.DomainEvents.OfType<AgentRevisionFailed>(), Is.Empty);
            }
        });
    }

    [Test]
    public void Restart_WhenItRuns_WantsOtherProcessesOfTheSameRevision()
    {
        var agent = Running();

        agent.Restart(Owner, Start);
        Assert.That((agent.Status, agent.Revision, agent.Restarts, agent.Rollout), Is.EqualTo((AgentStatus.Pending, 1, 1, 2)));

        agent.Deploy(Start);
        agent.ClearDomainEvents();
        agent.Observe(AgentObservation.Running with { Rollout = 2 }, Start);
        Assert.That(agent.DomainEvents.OfType<AgentRevisionActivated>(), Is.Empty, "it was active all the time");
        Assert.That((agent.Status, agent.RolloutSince), Is.EqualTo((AgentStatus.Running, (DateTimeOffset?)null)));
    }

    [Test]
    public void Restart_WhenItIsStopped_IsAConflict()
    {
        var agent = Running();
        agent.Stop(Owner, Start);

        Assert.That(() => agent.Restart(Owner, Start), Throws.TypeOf<ConflictException>());
    }

    [Test]
    public void Stop_WhenAskedTwice_HappensOnceAndHidesWhatTheRuntimeSees()
    {
        var agent = Running();
        agent.Stop(Owner, Start);
        agent.Stop(Owner, Start);
        agent.Observe(AgentObservation.Running with { Rollout = 2 }, Start);
        agent.Observe(Crash, Start);

        Assert.Multiple(() =>
        {
            Assert.That((agent.Status, agent.Rollout, agent.ActiveRevision), Is.EqualTo((AgentStatus.Stopped, 2, (int?)1)));
            Assert.That(agent.DomainEvents.OfType<AgentRolloutRequested>(), Has.One.Items);
            Assert.That(
                agent.DomainEvents.OfType<AgentStatusChanged>().Select(change => (change.Previous, change.Status)),
                Is.EqualTo(new[] { (AgentStatus.Running, AgentStatus.Stopped) }));
        });
    }

    [Test]
    public void ConfirmStop_WhenItIsAboutThisStop_RemembersThatTheRuntimeKnows()
    {
        var agent = Running();
        agent.Stop(Owner, Start);

        agent.ConfirmStop(rollout: 1, Start);
        Assert.That(agent.RolloutSince, Is.Null);

        agent.ConfirmStop(rollout: 2, Start);
        Assert.That(agent.RolloutSince, Is.EqualTo(Start));

        agent.Start(Owner, Start);
        agent.ConfirmStop(rollout: 3, Start);
        Assert.That(agent.RolloutSince, Is.Null);
    }

    [Test]
    public void Start_WhenItIsStopped_DeploysWhatWasChangedMeanwhile()
    {
        var agent = Running();
        agent.Stop(Owner, Start);
        agent.BeginRevision(AgentSettings.None, Owner, Start);
        Assert.That((agent.Status, agent.Revision), Is.EqualTo((AgentStatus.Stopped, 2)));
        agent.Deploy(Start);
        Assert.That(agent.Status, Is.EqualTo(AgentStatus.Stopped));

        agent.ClearDomainEvents();
        agent.Start(Owner, Start);
        agent.Start(Owner, Start);
        Assert.That(agent.Status, Is.EqualTo(AgentStatus.Pending));
        Assert.That(
            agent.DomainEvents.OfType<AgentStatusChanged>().Select(change => (change.Previous, change.Status)),
            Is.EqualTo(new[] { (AgentStatus.Stopped, AgentStatus.Pending) }));

        agent.Deploy(Start);
        agent.Observe(AgentObservation.Running with { Rollout = agent.Rollout }, Start);
        Assert.That((agent.Status, agent.ActiveRevision), Is.EqualTo((AgentStatus.Running, (int?)2)));
    }

    [Test]
    public void Start_WhenItIsNotStopped_ChangesNothing()
    {
        var agent = Running();
        agent.ClearDomainEvents();

        agent.Start(Owner, Start);

        Assert.That((agent.Status, agent.Rollout, agent.DomainEvents.Count), Is.EqualTo((AgentStatus.Running, 1, 0)));
    }

    private static Agent Deployed() =>
        Stack.Create(Owner, "stack", description: null, Start).AddAgent(Guid.CreateVersion7(), "echo", null, Owner, Start);

    private static Agent Running()
    {
        var agent = Deployed();
        agent.Deploy(Start);
        agent.Observe(AgentObservation.Running, Start);
        agent.ClearDomainEvents();
        return agent;
    }

    private static Agent Deploying(int revision, AgentSettings? settings = null)
    {
        var agent = Running();
        Assert.That(agent.BeginRevision(settings ?? AgentSettings.None, Owner, Start), Is.EqualTo(revision));
        agent.Deploy(Start);
        agent.ClearDomainEvents();
        return agent;
    }
}
