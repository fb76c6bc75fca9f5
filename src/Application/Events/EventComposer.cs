using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Events;

/// <summary>Turns what aggregates raised into rows of the event log.</summary>
public static class EventComposer
{
    /// <summary>The row for one domain event; null when it is nobody's business outside.</summary>
    /// <param name="source">The aggregate that raised it, as it is now.</param>
    /// <param name="happened">What it raised.</param>
    /// <param name="findAgent">Finds the agent of a session; where it can't, the session's event has no row.</param>
    /// <param name="at">When.</param>
    public static EventRecord? Compose(AggregateRoot source, IDomainEvent happened, Func<Guid, Agent?> findAgent, DateTimeOffset at) => source switch
    {
        Agent agent => AgentEvents.From(agent, happened, at),
        Stack stack => StackEvents.From(stack, happened, at),
        Session session when findAgent(session.AgentId) is { } agent =>
            SessionEvents.From(AgentSubject.Of(agent), SessionSubject.Of(session), happened, at),
        _ => null,
    };
}
