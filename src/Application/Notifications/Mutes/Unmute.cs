using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Ends a mute of one of the caller's agents. A mute of its stack stays; where there is none, nothing happens.</summary>
public sealed record UnmuteAgent(string AgentId) : IRequest;

/// <summary>Ends a mute of one of the caller's stacks. Mutes of its agents stay; where there is none, nothing happens.</summary>
public sealed record UnmuteStack(Guid StackId) : IRequest;

internal sealed class UnmuteAgentHandler(IApplicationDbContext db, ICurrentUser user) : AsyncRequestHandler<UnmuteAgent>
{
    protected override Task Handle(UnmuteAgent request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            var agent = await db.Agents.WithKey(user.Id, request.AgentId).Select(agent => (Guid?)agent.Id).SingleOrDefaultAsync(token)
                ?? throw MuteRules.AgentNotFound();
            return await db.NotificationMutes.Where(mute => mute.OwnerId == user.Id && mute.SubjectId == agent).ExecuteDeleteAsync(token);
        },
        cancellationToken);
}

internal sealed class UnmuteStackHandler(IApplicationDbContext db, ICurrentUser user) : AsyncRequestHandler<UnmuteStack>
{
    protected override Task Handle(UnmuteStack request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            if (!await db.Stacks.AnyAsync(stack => stack.Id == request.StackId && stack.OwnerId == user.Id, token))
                throw MuteRules.StackNotFound();
            return await db.NotificationMutes.Where(mute => mute.OwnerId == user.Id && mute.SubjectId == request.StackId).ExecuteDeleteAsync(token);
        },
        cancellationToken);
}
