using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

internal static class OwnAgents
{
    /// <summary>Changes one of the owner's agents, which has to be there, under its lock, and returns it.</summary>
    public static Task<Agent> ChangeOwnAgentAsync(
        this IApplicationDbContext db, Guid ownerId, string key, Action<Agent> change, CancellationToken cancellationToken) =>
        db.InTransactionAsync(async token =>
        {
            var agent = await db.Agents.WithKey(ownerId, key).ForUpdate().SingleOrDefaultAsync(token) ?? throw GetAgentHandler.AgentNotFound();
            change(agent);
            await db.SaveChangesAsync(token);
            return agent;
        }, cancellationToken);
}
