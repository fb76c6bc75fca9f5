using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Common.Events;

internal sealed class DomainEventDispatcher(IServiceScopeFactory scopes, ILogger<DomainEventDispatcher> logger) : IDomainEventDispatcher
{
    public async Task DispatchAsync(IReadOnlyList<IDomainEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
            return;

        await using var scope = scopes.CreateAsyncScope();
        var mediator = scope.ServiceProvider.GetRequiredService<IMediator>();
        foreach (var domainEvent in events)
        {
            var notification = (INotification)Activator.CreateInstance(
                typeof(DomainEventNotification<>).MakeGenericType(domainEvent.GetType()), domainEvent)!;
            try
            {
                await mediator.Publish(notification, cancellationToken);
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "A handler of {Event} failed", domainEvent.GetType().Name);
            }
        }
    }
}
