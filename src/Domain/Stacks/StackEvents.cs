using StackAgent.Domain.Common;

namespace StackAgent.Domain.Stacks;

public sealed record StackCreated(Guid StackId, Guid OwnerId) : IDomainEvent;

/// <summary>Somebody changed its name or description.</summary>
public sealed record StackUpdated(Guid StackId, Guid OwnerId) : IDomainEvent;

/// <summary>Its status changed, or what explains it.</summary>
public sealed record StackStatusChanged(
    Guid StackId, Guid OwnerId, StackStatus Previous, StackStatus Status, string? Reason, string? Message) : IDomainEvent;

public sealed record StackDeletionRequested(Guid StackId, Guid OwnerId) : IDomainEvent;

/// <summary>Its row goes, after everything else that it had.</summary>
public sealed record StackRemoved(Guid StackId, Guid OwnerId) : IDomainEvent;
