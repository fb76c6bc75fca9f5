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
    public void Seen_WhenReportedAgentSendsNameAndSource_TakesThemAndEmptyOnesChangeNothing()
    {
        var agent = Agent.Reported(Owner, "cursor", Start);

        agent.Seen("Cursor", "laptop", Start.AddMinutes(1));
        agent.Seen("", null, Start.AddMinutes(2));

        Assert.Multiple(() =>
        {
            Assert.That((agent.Name, agent.Source), Is.EqualTo(("Cursor", "laptop")));
            Assert.That((agent.LastSeen, agent.LastActivityAt), Is.EqualTo(((DateTimeOffset?)Start.AddMinutes(2), Start.AddMinutes(2))));
            Assert.That(agent.Status, Is.EqualTo(AgentStatus.External));
        });
    }

    [Test]
    public void Seen_WhenDeployedAgentSendsAName_KeepsTheNameItWasGiven()
    {
        var agent = Deployed();

        agent.Seen("Other", "pod", Start);

        Assert.That((agent.Name, agent.Source), Is.EqualTo(("echo", "pod")));
    }

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
