using StackAgent.Application.Common.Events;
using StackAgent.Domain.Common;

namespace StackAgent.Bench;

/// <summary>For rows that are written beside a server: nobody is to act on them.</summary>
internal sealed class NoDispatcher : IDomainEventDispatcher
{
    public Task DispatchAsync(IReadOnlyList<IDomainEvent> events, CancellationToken cancellationToken) => Task.CompletedTask;
}
