using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Events;

/// <summary>The agent that an event is about.</summary>
/// <param name="Id">UUID of its row.</param>
/// <param name="OwnerId">Whose agent, and so who may see the event.</param>
/// <param name="Key"><c>agent_id</c> on the wire.</param>
/// <param name="Name">As it is when the event happens.</param>
/// <param name="Kind">Deployed or reported.</param>
/// <param name="StackId">Null for a reported agent.</param>
public readonly record struct AgentSubject(Guid Id, Guid OwnerId, string Key, string Name, AgentKind Kind, Guid? StackId)
{
    public static AgentSubject Of(Agent agent) => new(agent.Id, agent.OwnerId, agent.Key, agent.Name, agent.Kind, agent.StackId);
}

/// <summary>The session that an event is about.</summary>
/// <param name="Id">UUID of its row.</param>
/// <param name="Topic"><c>session_topic</c> on the wire.</param>
public readonly record struct SessionSubject(Guid Id, string Topic)
{
    public static SessionSubject Of(Session session) => new(session.Id, session.Topic);
}
