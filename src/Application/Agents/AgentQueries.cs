using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents;

internal static class AgentQueries
{
    /// <summary>
    /// The owner's agent that <paramref name="agentId"/> names: by <c>agent_id</c>, else by the UUID of its row. At most one: an
    /// <c>agent_id</c> that looks like another agent's UUID goes first.
    /// </summary>
    public static IQueryable<Agent> Named(this IQueryable<Agent> agents, Guid ownerId, string agentId)
    {
        var owned = agents.Where(agent => agent.OwnerId == ownerId);
        return Guid.TryParseExact(agentId, "D", out var id)
            ? owned.Where(agent => agent.Key == agentId || agent.Id == id).OrderByDescending(agent => agent.Key == agentId).Take(1)
            : owned.Where(agent => agent.Key == agentId);
    }

    public static NotFoundException AgentNotFound() => new("There is no such agent.");
}
