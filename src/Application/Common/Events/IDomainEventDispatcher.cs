using StackAgent.Domain.Common;

namespace StackAgent.Application.Common.Events;

/// <summary>Hands committed events to their handlers. A handler's failure is logged and never reaches the request that caused the event.</summary>
public interface IDomainEventDispatcher
{
    Task DispatchAsync(IReadOnlyList<IDomainEvent> events, CancellationToken cancellationToken);
}
