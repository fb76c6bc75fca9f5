using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Stacks;

/// <summary>Asks for the end of a stack and all its agents; it is <c>deleting</c> until processes, files and rows are gone.</summary>
public sealed record DeleteStack(Guid StackId, Precondition? IfMatch = null) : IRequest;

internal sealed class DeleteStackHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, TimeProvider time)
    : AsyncRequestHandler<DeleteStack>
{
    protected override Task Handle(DeleteStack request, CancellationToken cancellationToken) =>
        db.InTransactionAsync(async token =>
        {
            // The lock keeps new agents out (CreateAgent takes it too), so that none is left without a stack.
            var stack = await db.Stacks
                .Where(stack => stack.Id == request.StackId && stack.OwnerId == user.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw GetStackHandler.StackNotFound();
            request.IfMatch.Require(stack.Version);
            var agents = await db.Agents.Where(agent => agent.StackId == stack.Id).OrderBy(agent => agent.Id).ForUpdate().ToListAsync(token);

            if (stack.Status != StackStatus.Deleting)
                audit.Record(AuditActions.StackDeleted, AuditSubject.Of(stack), agents.Count == 0 ? null : $"With its agents: {agents.Count}.");
            stack.Delete(user.Id, time.Now());
            foreach (var agent in agents)
                agent.Delete(user.Id, time.Now());
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
}
