using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Whether notifications about one of the caller's stacks and its agents are held back.</summary>
public sealed record GetStackMute(Guid StackId) : IRequest<MuteDto>;

internal sealed class GetStackMuteHandler(IApplicationDbContext db, ICurrentUser user, TimeProvider time) : IRequestHandler<GetStackMute, MuteDto>
{
    public async Task<MuteDto> Handle(GetStackMute request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var row = await (
            from stack in db.Stacks.AsNoTracking()
            where stack.Id == request.StackId && stack.OwnerId == user.Id
            from mute in db.NotificationMutes
                .Where(mute => mute.OwnerId == stack.OwnerId && mute.SubjectId == stack.Id && mute.Until > now)
                .DefaultIfEmpty()
            select new { Mute = mute }).SingleOrDefaultAsync(cancellationToken) ?? throw MuteRules.StackNotFound();
        return MuteDto.From(row.Mute);
    }
}
