using StackAgent.Domain.Agents;

namespace StackAgent.Application.Common.Persistence;

/// <summary>How an <c>agent_id</c> finds its agent.</summary>
public static class AgentLookup
{
    private const int UuidLength = 36;

    /// <summary>The UUID that the text writes, in any letter case; null when it isn't exactly one.</summary>
    public static Guid? AsId(string key) => key.Length == UuidLength && Guid.TryParseExact(key, "D", out var id) ? id : null;

    /// <summary>
    /// The caller's agent that <paramref name="key"/> means, at most one: the one whose <c>agent_id</c> it is, else the one whose UUID it is
    /// in any letter case (a deployed agent, or a reported agent addressed by its <c>id</c>).
    /// </summary>
    public static IQueryable<Agent> WithKey(this IQueryable<Agent> agents, Guid ownerId, string key)
    {
        var owned = agents.Where(agent => agent.OwnerId == ownerId);
        return AsId(key) is { } id
            ? owned.Where(agent => agent.Key == key || agent.Id == id).OrderByDescending(agent => agent.Key == key).Take(1)
            : owned.Where(agent => agent.Key == key);
    }
}
