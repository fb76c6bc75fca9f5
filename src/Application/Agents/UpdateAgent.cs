using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>Changes what is given: an absent or null name stays, an absent description stays, a null one is cleared.</summary>
public sealed record UpdateAgent(string AgentId, string? Name, Optional<string> Description, Precondition? IfMatch = null) : IRequest<AgentDto>;

internal sealed class UpdateAgentValidator : AbstractValidator<UpdateAgent>
{
    public UpdateAgentValidator()
    {
        RuleFor(command => command.Name).RequiredText(Agent.NameMaxLength).When(command => command.Name is not null);
        RuleFor(command => command.Description.Value).OptionalText(Agent.DescriptionMaxLength).OverridePropertyName("description");
    }
}

internal sealed class UpdateAgentHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<UpdateAgent, AgentDto>
{
    public async Task<AgentDto> Handle(UpdateAgent request, CancellationToken cancellationToken)
    {
        await db.InTransactionAsync(async token =>
        {
            // Reports carry a name too, and whoever writes them remembers the one before. That row goes first in the order of locks.
            var known = db.Agents.WithKey(user.Id, request.AgentId);
            await db.AgentActivities
                .Where(activity => known.Any(agent => agent.Id == activity.AgentId))
                .ExecuteUpdateAsync(set => set.SetProperty(activity => activity.Version, activity => activity.Version + 1), token);
            var agent = await known.ForUpdate().SingleOrDefaultAsync(token)
                ?? throw GetAgentHandler.AgentNotFound();
            request.IfMatch.Require(agent.Version);
            if (request.Name is not null)
                agent.Rename(request.Name, user.Id, time.Now());
            if (request.Description.IsPresent)
                agent.Describe(request.Description.Value, user.Id, time.Now());
            if (AuditDetails.Changed(("name", request.Name is not null), ("description", request.Description.IsPresent)) is { } detail)
                audit.Record(AuditActions.AgentUpdated, AuditSubject.Of(agent), detail);
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
        return await mediator.Send(new GetAgent(request.AgentId), cancellationToken);
    }
}
