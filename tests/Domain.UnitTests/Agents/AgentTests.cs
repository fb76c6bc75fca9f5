using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Domain.UnitTests.Agents;

public sealed class AgentTests
{
    private static readonly Guid Owner = Guid.CreateVersion7();
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Observe_WhenItFailsAndRecovers_ForgetsTheCause()
    {
        var agent = Deployed();
        agent.Deploy(Start);

        agent.Observe(AgentObservation.Failed("CrashLoopBackOff", "It exited with code 3."), Start);
        Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Failed, "CrashLoopBackOff")));

        agent.Observe(AgentObservation.Running, Start);
        Assert.That((agent.Status, agent.StatusReason, agent.StatusMessage), Is.EqualTo((AgentStatus.Running, (string?)null, (string?)null)));
    }

    [Test]
    public void Observe_WhenNothingChanged_RaisesNothing()
    {
        var agent = Deployed();
        agent.Observe(AgentObservation.Running, Start);
        agent.ClearDomainEvents();

        agent.Observe(AgentObservation.Running, Start);

        Assert.That(agent.DomainEvents, Is.Empty);
    }

    [Test]
    public void Observe_WhenItIsBeingDeleted_ChangesNothing()
    {
        var agent = Deployed();
        agent.Delete(Owner, Start);

        agent.Observe(AgentObservation.Running, Start);

        Assert.That(agent.Status, Is.EqualTo(AgentStatus.Deleting));
    }

    [Test]
    public void Observe_WhenTheMessageIsHuge_KeepsWhatFits()
    {
        var agent = Deployed();

        agent.Observe(AgentObservation.Failed("Error", new string('x', 2 * Agent.MessageMaxLength)), Start);

        Assert.That(Text.Length(agent.StatusMessage!), Is.EqualTo(Agent.MessageMaxLength));
    }

    [Test]
    public void Deploy_WhenItIsRunningAlready_ChangesNothing()
    {
        var agent = Deployed();
        agent.Observe(AgentObservation.Running, Start);

        agent.Deploy(Start);

        Assert.That(agent.Status, Is.EqualTo(AgentStatus.Running));
    }

    [Test]
    public void DeployingSince_WhenTheStatusChanges_IsWhenItsPresentDeploymentBegan()
    {
        var agent = Deployed();
        Assert.That(agent.DeployingSince, Is.Null);

        agent.Deploy(Start.AddSeconds(1));
        agent.Observe(AgentObservation.Starting with { Reason = "Restarting", Message = "Once more." }, Start.AddSeconds(2));
        Assert.That((agent.StatusReason, agent.DeployingSince), Is.EqualTo(("Restarting", (DateTimeOffset?)Start.AddSeconds(1))), "its time goes on");

        agent.Observe(AgentObservation.Failed("CrashLoopBackOff", "It exited with code 3."), Start.AddSeconds(3));
        Assert.That(agent.DeployingSince, Is.Null);

        agent.Observe(AgentObservation.Starting, Start.AddSeconds(4));
        Assert.That(agent.DeployingSince, Is.EqualTo(Start.AddSeconds(4)), "another try has a time of its own");

        agent.Observe(AgentObservation.Running, Start.AddSeconds(5));
        Assert.That(agent.DeployingSince, Is.Null);

        agent.Observe(AgentObservation.Starting, Start.AddSeconds(6));
        agent.Delete(Owner, Start.AddSeconds(7));
        Assert.That(agent.DeployingSince, Is.Null);
    }

    [Test]
    public void MissDeadline_WhenSomethingIsKnown_SaysItAndFails()
    {
        var agent = Deployed();
        agent.Deploy(Start);
        agent.Explain("ClusterUnreachable", "The cluster doesn't answer.");

        agent.MissDeadline(TimeSpan.FromSeconds(300), Start.AddSeconds(310));

        Assert.Multiple(() =>
        {
            Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Failed, Agent.DeployDeadlineExceeded)));
            Assert.That(agent.StatusMessage, Is.EqualTo("The agent wasn't running within 300 s. The last that is known: The cluster doesn't answer."));
            Assert.That(agent.DeployingSince, Is.Null);
        });
    }

    [Test]
    public void MissDeadline_WhenNothingIsKnown_SaysWhatToDo()
    {
        var agent = Deployed();
        agent.Deploy(Start);

        agent.MissDeadline(TimeSpan.FromSeconds(300), Start.AddSeconds(310));

        Assert.That(agent.StatusMessage, Does.StartWith("The agent wasn't running within 300 s. The runtime didn't say why: look at"));
    }

    [Test]
    public void MissDeadline_WhenItIsNotBeingDeployed_ChangesNothing()
    {
        var agent = Deployed();
        agent.Observe(AgentObservation.Running, Start);
        agent.ClearDomainEvents();

        agent.MissDeadline(TimeSpan.FromSeconds(300), Start.AddSeconds(310));

        Assert.That((agent.Status, agent.DomainEvents.Count), Is.EqualTo((AgentStatus.Running, 0)));
    }

    [Test]
    public void Observe_WhenTheDeadlineWasMissed_StartingIsNoNewsButACauseIsAndRunningToo()
    {
        var agent = Deployed();
        agent.Deploy(Start);
        agent.MissDeadline(TimeSpan.FromSeconds(300), Start);

        agent.Observe(AgentObservation.Starting with { Message = "Still trying." }, Start);
        Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Failed, Agent.DeployDeadlineExceeded)));

        agent.Observe(AgentObservation.Failed("ImagePullBackOff", "There is no such image."), Start);
        Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Failed, "ImagePullBackOff")));

        agent.Observe(AgentObservation.Starting, Start);
        agent.MissDeadline(TimeSpan.FromSeconds(300), Start);
        agent.Observe(AgentObservation.Running, Start);
        Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Running, (string?)null)));
    }

    [Test]
    public void Explain_WhenItWaits_SaysWhyOnceAndKeepsTheStatus()
    {
        var pending = Deployed();
        var deploying = Deployed();
        deploying.Deploy(Start);
        var deleting = Deployed();
        deleting.Delete(Owner, Start);

        Assert.Multiple(() =>
        {
            foreach (var agent in new[] { pending, deploying, deleting })
            {
                var status = agent.Status;
                agent.ClearDomainEvents();
                agent.Explain("ClusterUnreachable", "The cluster doesn't answer.");
                agent.Explain("ClusterUnreachable", "The cluster doesn't answer.");
                Assert.That(
                    (agent.Status, agent.StatusReason, agent.StatusMessage),
                    Is.EqualTo((status, "ClusterUnreachable", "The cluster doesn't answer.")));
                var change = new AgentStatusChanged(agent.Id, agent.StackId, Owner, status, status, agent.StatusReason, agent.StatusMessage);
                Assert.That(agent.DomainEvents, Is.EqualTo(new IDomainEvent[] { change }));
            }
        });
    }

    [Test]
    public void Explain_WhenItRunsOrHasFailed_KeepsWhatWasSeenOfIt()
    {
        var agent = Deployed();
        agent.Observe(AgentObservation.Running, Start);
        agent.Explain("ClusterUnreachable", "The cluster doesn't answer.");
        Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Running, (string?)null)));

        agent.Observe(AgentObservation.Failed("OOMKilled", "It needs more memory."), Start);
        agent.Explain("ClusterUnreachable", "The cluster doesn't answer.");
        Assert.That((agent.Status, agent.StatusReason), Is.EqualTo((AgentStatus.Failed, "OOMKilled")));
    }

    [Test]
    public void ClearExplanation_WhenTheRuntimeActsAgain_TakesItAwayUnlessTheRuntimeMayHaveGivenIt()
    {
        var deleting = Deployed();
        deleting.Delete(Owner, Start);
        deleting.Explain("ClusterUnreachable", "The cluster doesn't answer.");
        var deploying = Deployed();
        deploying.Observe(AgentObservation.Starting with { Reason = "Restarting", Message = "Once more." }, Start);

        deleting.ClearExplanation();
        deploying.ClearExplanation();

        Assert.Multiple(() =>
        {
            Assert.That((deleting.Status, deleting.StatusReason, deleting.StatusMessage), Is.EqualTo((AgentStatus.Deleting, (string?)null, (string?)null)));
            Assert.That((deploying.StatusReason, deploying.StatusMessage), Is.EqualTo(("Restarting", "Once more.")));
        });
    }

    [Test]
    public void After_WhenReportedAgentSendsNameAndSource_TakesThemAndEmptyOnesChangeNothing()
    {
        var names = new AgentNames("cursor", Source: null);

        var named = names.After(AgentKind.Reported, "Cursor", "laptop").After(AgentKind.Reported, "", null);

        Assert.That(named, Is.EqualTo(new AgentNames("Cursor", "laptop")));
    }

    [Test]
    public void After_WhenDeployedAgentSendsAName_KeepsTheNameItWasGiven() =>
        Assert.That(new AgentNames("echo", Source: null).After(AgentKind.Deployed, "Other", "pod"), Is.EqualTo(new AgentNames("echo", "pod")));

    [Test]
    public void Delete_WhenAskedTwice_HappensOnce()
    {
        var agent = Deployed();

        agent.Delete(Owner, Start);
        agent.Delete(Owner, Start);

        Assert.Multiple(() =>
        {
            Assert.That(agent.DomainEvents.OfType<AgentDeletionRequested>(), Has.One.Items);
            Assert.That(() => agent.Rename("x", Owner, Start), Throws.TypeOf<ConflictException>());
        });
    }

    private static Agent Deployed() =>
        Stack.Create(Owner, "stack", description: null, Start).AddAgent(Guid.CreateVersion7(), "echo", null, Owner, Start);
}
