using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>
/// Asks for the end of an agent. A deployed one is <c>deleting</c> until its process, files and row are gone; a reported one goes at once,
/// with its history, and comes back with its next report.
/// </summary>
public sealed record DeleteAgent(string AgentId) : IRequest;

internal sealed class DeleteAgentHandler(IApplicationDbContext db, ICurrentUser user, TimeProvider time) : AsyncRequestHandler<DeleteAgent>
{
    protected override Task Handle(DeleteAgent request, CancellationToken cancellationToken) =>
        db.InTransactionAsync(async token =>
        {
            var agent = await db.Agents.WithKey(user.Id, request.AgentId).ForUpdate().SingleOrDefaultAsync(token)
                ?? throw GetAgentHandler.AgentNotFound();
            if (agent.Kind == AgentKind.Reported)
            {
                agent.Remove();
                db.Agents.Remove(agent);
            }
            else
            {
                agent.Delete(user.Id, time.Now());
            }

            return await db.SaveChangesAsync(token);
        }, cancellationToken);
}
