using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>
/// Asks for the end of an agent. A deployed one is <c>deleting</c> until its process, files and row are gone; a reported one goes at once,
/// with its history, and comes back with its next report.
/// </summary>
public sealed record DeleteAgent(string AgentId, Precondition? IfMatch = null) : IRequest;

internal sealed class DeleteAgentHandler(
    IApplicationDbContext db, ISessionRemoval removal, ICurrentUser user, IAuditTrail audit, TimeProvider time)
    : AsyncRequestHandler<DeleteAgent>
{
    protected override Task Handle(DeleteAgent request, CancellationToken cancellationToken) =>
        db.InTransactionAsync(async token =>
        {
            var agents = db.Agents.WithKey(user.Id, request.AgentId);
            var found = await agents.Select(agent => new { agent.Id, agent.Kind, agent.Key, agent.Name }).SingleOrDefaultAsync(token)
                ?? throw GetAgentHandler.AgentNotFound();
            if (found.Kind == AgentKind.Reported)
            {
                if (!await RemoveAsync(found.Id, request.IfMatch, token))
                    throw GetAgentHandler.AgentNotFound();
                audit.Record(AuditActions.AgentDeleted, AuditSubject.OfAgent(user.Id, found.Key, found.Name, stackId: null), "With its history.");
                return await db.SaveChangesAsync(token);
            }

            var agent = await agents.ForUpdate().SingleOrDefaultAsync(token) ?? throw GetAgentHandler.AgentNotFound();
            request.IfMatch.Require(agent.Version);
            if (agent.Status != AgentStatus.Deleting)
                audit.Record(AuditActions.AgentDeleted, AuditSubject.Of(agent));
            agent.Delete(user.Id, time.Now());
            return await db.SaveChangesAsync(token);
        }, cancellationToken);

    private async Task<bool> RemoveAsync(Guid agentId, Precondition? ifMatch, CancellationToken cancellationToken)
    {
        if (ifMatch is not null)
        {
            // Whoever changes the agent takes this row first, as the removal does: what is compared now is what is removed.
            await db.AgentActivities.Where(activity => activity.AgentId == agentId).Select(activity => activity.AgentId).ForUpdate().ToListAsync(cancellationToken);
            var version = await db.Agents.Where(agent => agent.Id == agentId).Select(agent => (int?)agent.Version).SingleOrDefaultAsync(cancellationToken);
            ifMatch.Require(version ?? throw GetAgentHandler.AgentNotFound());
        }

        return await removal.RemoveAgentAsync(agentId, cancellationToken);
    }
}
