using StackAgent.Domain.Common;

namespace StackAgent.Domain.Stacks;

public sealed record StackCreated(Guid StackId, Guid OwnerId) : IDomainEvent;

public sealed record StackStatusChanged(Guid StackId, Guid OwnerId, StackStatus Status) : IDomainEvent;

public sealed record StackDeletionRequested(Guid StackId, Guid OwnerId) : IDomainEvent;
