using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Common.Persistence;

/// <summary>An agent with what its sessions say about it.</summary>
public sealed class AgentActivity
{
    public required Agent Agent { get; init; }

    public required int SessionCount { get; init; }

    /// <summary>Sessions that haven't expired.</summary>
    public required int ActiveSessionCount { get; init; }

    /// <summary>Of the newest report among the sessions that haven't expired; null when there is none.</summary>
    public required SessionStatus? LatestStatus { get; init; }

    /// <summary>The message of that report; null when there is none.</summary>
    public required string? LatestMessage { get; init; }
}

public static class AgentActivityQuery
{
    /// <summary>
    /// Puts each agent's activity beside it. Stays a query: filter, order and page it, or project from it, and all of it is one SQL
    /// statement that reads sessions through their indexes and never the history.
    /// </summary>
    public static IQueryable<AgentActivity> WithActivity(this IQueryable<Agent> agents, IApplicationDbContext database, DateTimeOffset now) =>
        agents.Select(agent => new AgentActivity
        {
            Agent = agent,
            SessionCount = database.Sessions.Count(session => session.AgentId == agent.Id),
            ActiveSessionCount = database.Sessions.Count(session => session.AgentId == agent.Id && session.ExpiresAt > now),
            LatestStatus = database.Sessions
                .Where(session => session.AgentId == agent.Id && session.ExpiresAt > now)
                .OrderByDescending(session => session.LastUpdated).ThenByDescending(session => session.Id)
                .Select(session => (SessionStatus?)session.CurrentStatus)
                .FirstOrDefault(),
            LatestMessage = database.Sessions
                .Where(session => session.AgentId == agent.Id && session.ExpiresAt > now)
                .OrderByDescending(session => session.LastUpdated).ThenByDescending(session => session.Id)
                .Select(session => session.LastMessage)
                .FirstOrDefault(),
        });
}
