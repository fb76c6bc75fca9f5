using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Deployment;

/// <summary>Changes of agents by what the server finds out, as opposed to what their users ask for.</summary>
internal static class AgentChanges
{
    /// <summary>
    /// Changes an agent, if it is there, and with it the rows of the revisions whose fate that decides. Tried on a copy first: most of what the
    /// reconciler finds out is what the row already says, and then there is no transaction and no lock.
    /// </summary>
    public static async Task ChangeAgentAsync(
        this IApplicationDbContext db, Guid agentId, Action<Agent> change, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var one = db.Agents.Where(agent => agent.Id == agentId);
        if (await one.AsNoTracking().SingleOrDefaultAsync(cancellationToken) is not { } copy)
            return;

        // The end of a rollout may be all that changes, and isn't worth an event.
        var rolloutSince = copy.RolloutSince;
        change(copy);
        if (copy.DomainEvents.Count == 0 && copy.RolloutSince == rolloutSince)
            return;

        await db.InTransactionAsync(async token =>
        {
            if (await one.ForUpdate().SingleOrDefaultAsync(token) is { } agent)
            {
                change(agent);
                await db.RecordOutcomeAsync(agent, now, token);
            }

            return await db.SaveChangesAsync(token);
        }, cancellationToken);
    }

    /// <summary>
    /// Writes what the agent's verbs have just decided about its revisions into their rows. For everybody who calls
    /// <see cref="Agent.Observe"/> or <see cref="Agent.MissDeadline"/>, in the same transaction and before it saves; the agent's row is locked.
    /// </summary>
    public static async Task RecordOutcomeAsync(this IApplicationDbContext db, Agent agent, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var happened in agent.DomainEvents.ToList())
        {
            switch (happened)
            {
                case AgentRevisionActivated activated:
                    (await FindAsync(activated.Revision))?.Activate(now);
                    break;
                case AgentRevisionFailed failed:
                    (await FindAsync(failed.Revision))?.Fail(failed.Reason, failed.Message, now);
                    if (agent.Revision != failed.Revision && await FindAsync(agent.Revision) is { } earlier)
                        agent.ApplySettings(earlier.EffectiveSettings);
                    break;
            }
        }

        Task<AgentRevision?> FindAsync(int number) => db.AgentRevisions.SingleOrDefaultAsync(
            revision => revision.AgentId == agent.Id && revision.Number == number, cancellationToken);
    }
}
