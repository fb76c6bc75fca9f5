using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Domain.Stacks;

/// <summary>A group of agents that live and die together: one namespace in a cluster, one folder on a machine.</summary>
public sealed class Stack : AggregateRoot
{
    public const int NameMaxLength = 255;
    public const int DescriptionMaxLength = 5000;
    public const int ReasonMaxLength = 100;
    public const int MessageMaxLength = 4000;

    private Stack()
    {
    }

    public Guid OwnerId { get; private init; }
    public string Name { get; private set; } = "";
    public string? Description { get; private set; }
    public StackStatus Status { get; private set; }

    /// <summary>A stable word for the cause of the present status, for example <c>NamespaceForbidden</c>; null when there is nothing to explain.</summary>
    public string? StatusReason { get; private set; }

    /// <summary>A sentence that a person can act on; null when there is nothing to explain.</summary>
    public string? StatusMessage { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }
    public Guid CreatedById { get; private init; }
    public DateTimeOffset UpdatedAt { get; private set; }
    public Guid UpdatedById { get; private set; }

    /// <summary>Counts its user's changes, for conditional requests.</summary>
    public int Version { get; private set; } = 1;

    /// <summary>The Kubernetes namespace: <c>stack-{id}</c>.</summary>
    public string Namespace => NamespaceFor(Id);

    public static string NamespaceFor(Guid stackId) => $"stack-{stackId}";

    public static Stack Create(Guid ownerId, string name, string? description, DateTimeOffset now)
    {
        var stack = new Stack
        {
            OwnerId = ownerId,
            Name = name,
            Description = description,
            Status = StackStatus.Creating,
            CreatedAt = now,
            CreatedById = ownerId,
            UpdatedAt = now,
            UpdatedById = ownerId,
        };
        stack.Raise(new StackCreated(stack.Id, ownerId));
        return stack;
    }

    public void Rename(string name, Guid by, DateTimeOffset now)
    {
        RequireAlive();
        Name = name;
        Update(by, now);
    }

    public void Describe(string? description, Guid by, DateTimeOffset now)
    {
        RequireAlive();
        Description = description;
        Update(by, now);
    }

    /// <summary>A new agent of this stack, with its code already stored. Throws <see cref="ConflictException"/> once the stack is being deleted.</summary>
    public Agent AddAgent(Guid agentId, string name, string? description, Guid by, DateTimeOffset now)
    {
        RequireTakesAgents(Status);
        return Agent.Deployed(agentId, this, name, description, by, now);
    }

    /// <summary>Throws <see cref="ConflictException"/> when a stack in this status takes no new agents.</summary>
    public static void RequireTakesAgents(StackStatus status)
    {
        if (status == StackStatus.Deleting)
            throw new ConflictException("This stack is being deleted and takes no new agents.");
    }

    /// <summary>The runtime has a place for the stack's agents.</summary>
    public void MarkReady() => Become(StackStatus.Ready, reason: null, message: null);

    /// <summary>The runtime refused; the reconciler keeps trying, so that the status goes away with its cause.</summary>
    public void MarkFailed(string reason, string message) =>
        Become(StackStatus.Failed, reason, message);

    /// <summary>
    /// Says why the stack has to wait: the runtime can't act on it now. The status stays. A stack that waits for nothing, since it is ready
    /// or has failed, keeps what was last known of it.
    /// </summary>
    public void Explain(string reason, string message)
    {
        if (Status is StackStatus.Creating or StackStatus.Deleting)
            Show(Status, reason, message);
    }

    /// <summary>The runtime acts on the stack again.</summary>
    public void ClearExplanation()
    {
        if (Status is StackStatus.Creating or StackStatus.Deleting)
            Show(Status, reason: null, message: null);
    }

    /// <summary>Asks for the end of the stack. Asking twice is the same as asking once.</summary>
    public void Delete(Guid by, DateTimeOffset now)
    {
        if (Status == StackStatus.Deleting)
            return;

        Become(StackStatus.Deleting, reason: null, message: null);
        Touch(by, now);
        Raise(new StackDeletionRequested(Id, OwnerId));
    }

    /// <summary>The row is about to be deleted, because nothing else of the stack is left. Whoever calls this deletes it.</summary>
    public void Remove() => Raise(new StackRemoved(Id, OwnerId));

    private void Become(StackStatus status, string? reason, string? message)
    {
        if (Status != StackStatus.Deleting)
            Show(status, reason, message);
    }

    private void Show(StackStatus status, string? reason, string? message)
    {
        reason = reason is null ? null : Text.Truncate(reason, ReasonMaxLength);
        message = message is null ? null : Text.Truncate(message, MessageMaxLength);
        if (Status == status && StatusReason == reason && StatusMessage == message)
            return;

        var previous = Status;
        Status = status;
        StatusReason = reason;
        StatusMessage = message;
        Raise(new StackStatusChanged(Id, OwnerId, previous, status, reason, message));
    }

    private void RequireAlive()
    {
        if (Status == StackStatus.Deleting)
            throw new ConflictException("This stack is being deleted and can't be changed.");
    }

    private void Update(Guid by, DateTimeOffset now)
    {
        Touch(by, now);
        RaiseOnce(new StackUpdated(Id, OwnerId));
    }

    private void Touch(Guid by, DateTimeOffset now)
    {
        Version++;
        UpdatedAt = now;
        UpdatedById = by;
    }
}
