using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Sessions;

/// <summary>Removes one session with its history. A later report with the same topic opens a new one.</summary>
/// <param name="AgentId">The agent's <c>agent_id</c>.</param>
/// <param name="Topic">The session's topic, else its UUID.</param>
public sealed record DeleteSession(string AgentId, string Topic) : IRequest;

internal sealed class DeleteSessionHandler(IApplicationDbContext db, ISessionRemoval removal, ICurrentUser user, IAuditTrail audit)
    : AsyncRequestHandler<DeleteSession>
{
    protected override Task Handle(DeleteSession request, CancellationToken cancellationToken) =>
        db.InTransactionAsync(async token =>
        {
            var found = await db.FindSession(user.Id, request.AgentId, request.Topic)
                .Select(found => new { found.Session, found.StackId })
                .AsNoTracking()
                .FirstOrDefaultAsync(token)
                ?? throw GetSessionHandler.SessionNotFound();
            if (!await removal.RemoveSessionAsync(found.Session.AgentId, found.Session.Id, token))
                throw GetSessionHandler.SessionNotFound();

            audit.Record(AuditActions.SessionDeleted, AuditSubject.Of(found.Session, user.Id, found.StackId));
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
}
