using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Domain.UnitTests.Stacks;

public sealed class StackTests
{
    private static readonly Guid Owner = Guid.CreateVersion7();
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Create_WhenCalled_IsCreatingAndSaysSo()
    {
        var stack = Create();

        Assert.Multiple(() =>
        {
            Assert.That(stack.Status, Is.EqualTo(StackStatus.Creating));
            Assert.That(stack.Namespace, Is.EqualTo($"stack-{stack.Id}"));
            Assert.That(stack.DomainEvents, Is.EqualTo(new IDomainEvent[] { new StackCreated(stack.Id, Owner) }));
        });
    }

    [Test]
    public void MarkReady_WhenItHadFailed_ForgetsTheCause()
    {
        var stack = Create();
        stack.MarkFailed("NamespaceForbidden", "No.");

        stack.MarkReady();

        Assert.That((stack.Status, stack.StatusReason, stack.StatusMessage), Is.EqualTo((StackStatus.Ready, (string?)null, (string?)null)));
    }

    [Test]
    public void MarkFailed_WhenTheSameIsSaidAgain_RaisesNothing()
    {
        var stack = Create();
        stack.MarkFailed("NamespaceForbidden", "No.");
        stack.ClearDomainEvents();

        stack.MarkFailed("NamespaceForbidden", "No.");

        Assert.That(stack.DomainEvents, Is.Empty);
    }

    [Test]
    public void Explain_WhenItWaits_SaysWhyUntilItIsOver()
    {
        var stack = Create();
        stack.ClearDomainEvents();

        stack.Explain("ClusterUnreachable", "The cluster doesn't answer.");
        stack.Explain("ClusterUnreachable", "The cluster doesn't answer.");
        Assert.That((stack.Status, stack.StatusReason), Is.EqualTo((StackStatus.Creating, "ClusterUnreachable")));
        Assert.That(stack.DomainEvents, Has.Count.EqualTo(1));

        stack.MarkReady();
        Assert.That((stack.Status, stack.StatusReason), Is.EqualTo((StackStatus.Ready, (string?)null)));

        stack.Explain("ClusterUnreachable", "The cluster doesn't answer.");
        Assert.That((stack.Status, stack.StatusReason), Is.EqualTo((StackStatus.Ready, (string?)null)), "it waits for nothing");

        stack.Delete(Owner, Start);
        stack.Explain("ClusterUnreachable", new string('x', 2 * Stack.MessageMaxLength));
        Assert.That((stack.Status, stack.StatusReason), Is.EqualTo((StackStatus.Deleting, "ClusterUnreachable")));
        Assert.That(stack.StatusMessage, Has.Length.EqualTo(Stack.MessageMaxLength));

        stack.ClearExplanation();
        Assert.That((stack.Status, stack.StatusReason, stack.StatusMessage), Is.EqualTo((StackStatus.Deleting, (string?)null, (string?)null)));
    }

    [Test]
    public void Delete_WhenAskedTwice_HappensOnce()
    {
        var stack = Create();

        stack.Delete(Owner, Start.AddMinutes(1));
        stack.Delete(Owner, Start.AddMinutes(2));

        Assert.Multiple(() =>
        {
            Assert.That(stack.UpdatedAt, Is.EqualTo(Start.AddMinutes(1)));
            Assert.That(stack.DomainEvents.OfType<StackDeletionRequested>(), Has.One.Items);
        });
    }

    [Test]
    public void Verbs_WhenItIsBeingDeleted_AreRefusedAndTheStatusStays()
    {
        var stack = Create();
        stack.Delete(Owner, Start);

        stack.MarkReady();
        stack.MarkFailed("Late", "Too late.");

        Assert.Multiple(() =>
        {
            Assert.That(stack.Status, Is.EqualTo(StackStatus.Deleting));
            Assert.That(() => stack.AddAgent(Guid.CreateVersion7(), "a", null, Owner, Start), Throws.TypeOf<ConflictException>());
            Assert.That(() => stack.Rename("b", Owner, Start), Throws.TypeOf<ConflictException>());
            Assert.That(() => stack.Describe("b", Owner, Start), Throws.TypeOf<ConflictException>());
        });
    }

    [Test]
    public void AddAgent_WhenAlive_GivesAPendingAgentOfTheSameOwner()
    {
        var stack = Create();
        var id = Guid.CreateVersion7();

        var agent = stack.AddAgent(id, "echo", "Says it again.", Owner, Start);

        Assert.Multiple(() =>
        {
            Assert.That((agent.Id, agent.Key, agent.StackId, agent.OwnerId), Is.EqualTo((id, id.ToString(), (Guid?)stack.Id, Owner)));
            Assert.That((agent.Kind, agent.Status, agent.Revision), Is.EqualTo((AgentKind.Deployed, AgentStatus.Pending, 1)));
            Assert.That(agent.DomainEvents, Is.EqualTo(new IDomainEvent[] { new AgentCreated(id, stack.Id, Owner) }));
        });
    }

    private static Stack Create() => Stack.Create(Owner, "stack", description: null, Start);
}
