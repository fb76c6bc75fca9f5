using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Whether notifications about one of the caller's agents are held back, by a mute of its own or by one of its stack.</summary>
public sealed record GetAgentMute(string AgentId) : IRequest<MuteDto>;

internal sealed class GetAgentMuteHandler(IApplicationDbContext db, ICurrentUser user, TimeProvider time) : IRequestHandler<GetAgentMute, MuteDto>
{
    public async Task<MuteDto> Handle(GetAgentMute request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var rows = await (
            from agent in db.Agents.AsNoTracking().WithKey(user.Id, request.AgentId)
            from mute in db.NotificationMutes
                .Where(mute => mute.OwnerId == agent.OwnerId && mute.Until > now && (mute.SubjectId == agent.Id || mute.SubjectId == agent.StackId))
                .DefaultIfEmpty()
            select new { Mute = mute }).ToListAsync(cancellationToken);
        return rows.Count == 0
            ? throw MuteRules.AgentNotFound()
            : MuteDto.From(rows.Select(row => row.Mute).MaxBy(mute => mute?.Until));
    }
}
