using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Events;

/// <summary>Which events of one of the caller's agents a stream is to carry. It has to exist now; a reported one may go and come back.</summary>
public sealed record FollowAgentEvents(string AgentId, string? Types) : IRequest<EventFilter>;

internal sealed class FollowAgentEventsValidator : AbstractValidator<FollowAgentEvents>
{
    public FollowAgentEventsValidator()
    {
        RuleFor(query => query.Types).TypesOfEvents();
    }
}

internal sealed class FollowAgentEventsHandler(IApplicationDbContext db, ICurrentUser user) : IRequestHandler<FollowAgentEvents, EventFilter>
{
    public async Task<EventFilter> Handle(FollowAgentEvents request, CancellationToken cancellationToken)
    {
        var key = await db.Agents.WithKey(user.Id, request.AgentId).Select(agent => agent.Key).FirstOrDefaultAsync(cancellationToken)
            ?? throw new NotFoundException("There is no such agent.");
        return new EventFilter(user.Id) { AgentKey = key, Types = TypeWords.Parse(request.Types) };
    }
}
