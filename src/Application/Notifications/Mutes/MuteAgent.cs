using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Holds back notifications about one of the caller's agents for a while.</summary>
public sealed record MuteAgent(string AgentId, DateTimeOffset? Until) : IRequest<MuteDto>;

internal sealed class MuteAgentValidator : AbstractValidator<MuteAgent>
{
    public MuteAgentValidator(TimeProvider time) => RuleFor(command => command.Until).Ahead(time);
}

internal sealed class MuteAgentHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, TimeProvider time)
    : IRequestHandler<MuteAgent, MuteDto>
{
    public Task<MuteDto> Handle(MuteAgent request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            var agent = await db.Agents.WithKey(user.Id, request.AgentId).ForUpdate().SingleOrDefaultAsync(token) ?? throw MuteRules.AgentNotFound();
            var mute = await db.SetMuteAsync(user.Id, MuteSubject.Agent, agent.Id, request.Until!.Value, time.Now(), token);
            audit.Record(AuditActions.AgentMuted, AuditSubject.Of(agent), MuteRules.Until(mute));
            await db.SaveChangesAsync(token);
            return MuteDto.From(mute);
        },
        cancellationToken);
}
