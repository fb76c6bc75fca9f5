using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Events;

/// <summary>Composes the events of agents, in the words of the wire.</summary>
public static class AgentEvents
{
    /// <summary>An agent became known here: by its first report, or because it was made.</summary>
    public static EventRecord Registered(AgentSubject agent, DateTimeOffset at) =>
        Record(agent, EventTypes.AgentRegistered, at, EventJson.Write(new AgentEvent(EventAgent.From(agent))));

    public static EventRecord Updated(AgentSubject agent, string? description, DateTimeOffset at) =>
        Record(agent, EventTypes.AgentUpdated, at, EventJson.Write(new AgentUpdatedEvent(EventAgent.From(agent), description)));

    public static EventRecord StatusChanged(
        AgentSubject agent, AgentStatus previous, AgentStatus status, string? reason, string? message, DateTimeOffset at) =>
        Record(
            agent,
            EventTypes.AgentStatusChanged,
            at,
            EventJson.Write(new AgentStatusEvent(EventAgent.From(agent), previous, status, reason, message)));

    /// <summary>The agent's row is gone.</summary>
    public static EventRecord Deleted(AgentSubject agent, DateTimeOffset at) =>
        Record(agent, EventTypes.AgentDeleted, at, EventJson.Write(new AgentEvent(EventAgent.From(agent))));

    /// <summary>Null for what happens inside only.</summary>
    internal static EventRecord? From(Agent agent, IDomainEvent happened, DateTimeOffset at)
    {
        var subject = AgentSubject.Of(agent);
        return happened switch
        {
            AgentCreated or AgentRegistered => Registered(subject, at),
            AgentUpdated => Updated(subject, agent.Description, at),
            AgentStatusChanged change => StatusChanged(subject, change.Previous, change.Status, change.Reason, change.Message, at),
            AgentRemoved => Deleted(subject, at),
            _ => null,
        };
    }

    private static EventRecord Record(AgentSubject agent, string type, DateTimeOffset at, string data) => new()
    {
        OwnerId = agent.OwnerId,
        Type = type,
        At = at,
        StackId = agent.StackId,
        AgentId = agent.Id,
        AgentKey = agent.Key,
        Data = data,
    };
}
