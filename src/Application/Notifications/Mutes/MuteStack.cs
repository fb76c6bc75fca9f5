using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Holds back notifications about one of the caller's stacks and its agents for a while.</summary>
public sealed record MuteStack(Guid StackId, DateTimeOffset? Until) : IRequest<MuteDto>;

internal sealed class MuteStackValidator : AbstractValidator<MuteStack>
{
    public MuteStackValidator(TimeProvider time) => RuleFor(command => command.Until).Ahead(time);
}

internal sealed class MuteStackHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, TimeProvider time)
    : IRequestHandler<MuteStack, MuteDto>
{
    public Task<MuteDto> Handle(MuteStack request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            var stack = await db.Stacks
                .Where(stack => stack.Id == request.StackId && stack.OwnerId == user.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw MuteRules.StackNotFound();
            var mute = await db.SetMuteAsync(user.Id, MuteSubject.Stack, stack.Id, request.Until!.Value, time.Now(), token);
            audit.Record(AuditActions.StackMuted, AuditSubject.Of(stack), MuteRules.Until(mute));
            await db.SaveChangesAsync(token);
            return MuteDto.From(mute);
        },
        cancellationToken);
}
