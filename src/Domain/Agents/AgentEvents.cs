using StackAgent.Domain.Common;

namespace StackAgent.Domain.Agents;

/// <summary>An agent was added to a stack, its code is stored and it waits to be deployed.</summary>
public sealed record AgentCreated(Guid AgentId, Guid? StackId, Guid OwnerId) : IDomainEvent;

/// <summary>An agent appeared through its first status report.</summary>
public sealed record AgentRegistered(Guid AgentId, Guid OwnerId) : IDomainEvent;

public sealed record AgentStatusChanged(Guid AgentId, Guid? StackId, Guid OwnerId, AgentStatus Status) : IDomainEvent;

public sealed record AgentDeletionRequested(Guid AgentId, Guid? StackId, Guid OwnerId) : IDomainEvent;
