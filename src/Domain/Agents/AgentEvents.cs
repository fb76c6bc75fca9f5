using StackAgent.Domain.Common;

namespace StackAgent.Domain.Agents;

/// <summary>An agent was added to a stack, its code is stored and it waits to be deployed.</summary>
public sealed record AgentCreated(Guid AgentId, Guid? StackId, Guid OwnerId) : IDomainEvent;

/// <summary>An agent appeared through its first status report.</summary>
public sealed record AgentRegistered(Guid AgentId, Guid OwnerId) : IDomainEvent;

/// <summary>Somebody changed its name or description.</summary>
public sealed record AgentUpdated(Guid AgentId, Guid OwnerId) : IDomainEvent;

/// <summary>Its status changed, or what explains it.</summary>
public sealed record AgentStatusChanged(
    Guid AgentId, Guid? StackId, Guid OwnerId, AgentStatus Previous, AgentStatus Status, string? Reason, string? Message) : IDomainEvent;

/// <summary>The runtime has to do something: another revision, a restart, a stop, a start.</summary>
public sealed record AgentRolloutRequested(Guid AgentId, Guid? StackId, Guid OwnerId) : IDomainEvent;

/// <summary>A revision runs, and the one before it no longer has to.</summary>
public sealed record AgentRevisionActivated(Guid AgentId, Guid? StackId, Guid OwnerId, int Revision) : IDomainEvent;

/// <summary>A revision was given up.</summary>
public sealed record AgentRevisionFailed(Guid AgentId, Guid? StackId, Guid OwnerId, int Revision, string Reason, string Message) : IDomainEvent;

public sealed record AgentDeletionRequested(Guid AgentId, Guid? StackId, Guid OwnerId) : IDomainEvent;

/// <summary>Its row goes, after everything else that it had.</summary>
public sealed record AgentRemoved(Guid AgentId, Guid? StackId, Guid OwnerId) : IDomainEvent;
