using MediatR;
using StackAgent.Application.Common.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Deployment;

/// <summary>What changes the desired state wakes the reconciler at once, so that nobody waits for the next full pass.</summary>
internal sealed class WakeReconciler(IReconcileQueue queue) :
    INotificationHandler<DomainEventNotification<StackCreated>>,
    INotificationHandler<DomainEventNotification<StackDeletionRequested>>,
    INotificationHandler<DomainEventNotification<AgentCreated>>,
    INotificationHandler<DomainEventNotification<AgentRolloutRequested>>,
    INotificationHandler<DomainEventNotification<AgentRevisionActivated>>,
    INotificationHandler<DomainEventNotification<AgentDeletionRequested>>
{
    public Task Handle(DomainEventNotification<StackCreated> notification, CancellationToken cancellationToken) =>
        Wake(ReconcileKey.Stack(notification.Event.StackId));

    public Task Handle(DomainEventNotification<StackDeletionRequested> notification, CancellationToken cancellationToken) =>
        Wake(ReconcileKey.Stack(notification.Event.StackId));

    public Task Handle(DomainEventNotification<AgentCreated> notification, CancellationToken cancellationToken) =>
        Wake(ReconcileKey.Agent(notification.Event.AgentId));

    public Task Handle(DomainEventNotification<AgentRolloutRequested> notification, CancellationToken cancellationToken) =>
        Wake(ReconcileKey.Agent(notification.Event.AgentId));

    /// <summary>The disk follows: its links lead to what serves, and old revisions go.</summary>
    public Task Handle(DomainEventNotification<AgentRevisionActivated> notification, CancellationToken cancellationToken) =>
        Wake(ReconcileKey.Agent(notification.Event.AgentId));

    public Task Handle(DomainEventNotification<AgentDeletionRequested> notification, CancellationToken cancellationToken) =>
        Wake(ReconcileKey.Agent(notification.Event.AgentId));

    private Task Wake(ReconcileKey key)
    {
        queue.Enqueue(key);
        return Task.CompletedTask;
    }
}
