using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Ends a mute of one of the caller's agents. A mute of its stack stays; where there is none, nothing happens.</summary>
public sealed record UnmuteAgent(string AgentId) : IRequest;

/// <summary>Ends a mute of one of the caller's stacks. Mutes of its agents stay; where there is none, nothing happens.</summary>
public sealed record UnmuteStack(Guid StackId) : IRequest;

internal sealed class UnmuteAgentHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit) : AsyncRequestHandler<UnmuteAgent>
{
    protected override Task Handle(UnmuteAgent request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            var agent = await db.Agents.AsNoTracking().WithKey(user.Id, request.AgentId).SingleOrDefaultAsync(token) ?? throw MuteRules.AgentNotFound();
            if (await db.NotificationMutes.Where(mute => mute.OwnerId == user.Id && mute.SubjectId == agent.Id).ExecuteDeleteAsync(token) == 0)
                return 0;

            audit.Record(AuditActions.AgentUnmuted, AuditSubject.Of(agent));
            return await db.SaveChangesAsync(token);
        },
        cancellationToken);
}

internal sealed class UnmuteStackHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit) : AsyncRequestHandler<UnmuteStack>
{
    protected override Task Handle(UnmuteStack request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            var stack = await db.Stacks.AsNoTracking().SingleOrDefaultAsync(stack => stack.Id == request.StackId && stack.OwnerId == user.Id, token)
                ?? throw MuteRules.StackNotFound();
            if (await db.NotificationMutes.Where(mute => mute.OwnerId == user.Id && mute.SubjectId == stack.Id).ExecuteDeleteAsync(token) == 0)
                return 0;

            audit.Record(AuditActions.StackUnmuted, AuditSubject.Of(stack));
            return await db.SaveChangesAsync(token);
        },
        cancellationToken);
}
