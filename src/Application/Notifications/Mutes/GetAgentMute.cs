using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Whether notifications about one of the caller's agents are held back, by a mute of its own or by one of its stack.</summary>
public sealed record GetAgentMute(string AgentId) : IRequest<MuteDto>;

internal sealed class GetAgentMuteHandler(IApplicationDbContext db, ICurrentUser user, TimeProvider time) : IRequestHandler<GetAgentMute, MuteDto>
{
    public async Task<MuteDto> Handle(GetAgentMute request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var mutes = db.NotificationMutes.Where(mute => mute.OwnerId == user.Id && mute.Until > now);
        var ends = await db.Agents
            .AsNoTracking()
            .WithKey(user.Id, request.AgentId)
            .Select(agent => new
            {
                Own = mutes.Where(mute => mute.SubjectId == agent.Id).Select(mute => (DateTimeOffset?)mute.Until).FirstOrDefault(),
                Stacks = mutes.Where(mute => mute.SubjectId == agent.StackId).Select(mute => (DateTimeOffset?)mute.Until).FirstOrDefault(),
            })
            .SingleOrDefaultAsync(cancellationToken) ?? throw MuteRules.AgentNotFound();
        return (ends.Own, ends.Stacks) switch
        {
            (null, null) => MuteDto.None,
            ({ } own, var stacks) when stacks is null || own >= stacks => new MuteDto(Muted: true, own, MuteSubject.Agent),
            (_, var stacks) => new MuteDto(Muted: true, stacks, MuteSubject.Stack),
        };
    }
}
