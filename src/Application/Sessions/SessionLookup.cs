using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Sessions;

/// <summary>How <c>session_topic</c> in a path finds its session.</summary>
internal static class SessionLookup
{
    /// <summary>
    /// The session of the caller's agent that <paramref name="topic"/> means, the right one first: the one whose topic it is, else the one
    /// whose UUID it is in any letter case.
    /// </summary>
    public static IQueryable<FoundSession> FindSession(this IApplicationDbContext database, Guid ownerId, string agentKey, string topic)
    {
        var sessionId = AgentLookup.AsId(topic) ?? Guid.Empty;
        return
            from agent in database.Agents.WithKey(ownerId, agentKey)
            join session in database.Sessions on agent.Id equals session.AgentId
            where session.Topic == topic || session.Id == sessionId
            orderby session.Topic == topic descending
            select new FoundSession { AgentKey = agent.Key, StackId = agent.StackId, Session = session };
    }
}

internal sealed class FoundSession
{
    public required string AgentKey { get; init; }
    public required Guid? StackId { get; init; }
    public required Session Session { get; init; }
}
