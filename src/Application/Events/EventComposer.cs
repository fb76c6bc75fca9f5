using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Events;

/// <summary>Turns what stacks, agents and endpoints raised into rows of the event log. Sessions are written by SQL, see <see cref="SessionEvents.From"/>.</summary>
public static class EventComposer
{
    /// <summary>The row for one domain event; null when it is nobody's business outside.</summary>
    /// <param name="source">The aggregate that raised it, as it is now.</param>
    /// <param name="happened">What it raised.</param>
    /// <param name="at">When.</param>
    public static EventRecord? Compose(AggregateRoot source, IDomainEvent happened, DateTimeOffset at) => source switch
    {
        Agent agent => AgentEvents.From(agent, happened, at),
        Stack stack => StackEvents.From(stack, happened, at),
        NotificationEndpoint endpoint => EndpointEvents.From(endpoint, happened, at),
        _ => null,
    };
}
