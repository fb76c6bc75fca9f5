using MediatR;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Common.Events;

/// <summary>Carries a domain event to its handlers: the domain itself knows no mediator. Published after the commit.</summary>
public sealed record DomainEventNotification<TEvent>(TEvent Event) : INotification
    where TEvent : IDomainEvent;
