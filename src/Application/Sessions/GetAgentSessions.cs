using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Sessions;

/// <summary>An agent's sessions, the one with the newest report first.</summary>
/// <param name="AgentId">The agent's <c>agent_id</c>.</param>
/// <param name="Expired">False leaves expired sessions out, true leaves the living ones out; null lists all.</param>
/// <param name="Page">From 1, which is the default.</param>
/// <param name="Limit">1 to 1,000, which is the default: older clients don't page.</param>
public sealed record GetAgentSessions(string AgentId, bool? Expired, int Page, int Limit) : IRequest<AgentSessions>
{
    public const int MaxLimit = 1000;
}

public sealed record AgentSessions(IReadOnlyList<SessionDto> Sessions, int Total, int Page, int Limit, int Pages);

internal sealed class GetAgentSessionsValidator : AbstractValidator<GetAgentSessions>
{
    public GetAgentSessionsValidator()
    {
        RuleFor(query => query.Page).GreaterThanOrEqualTo(1).WithMessage("Pages are counted from 1.");
        RuleFor(query => query.Limit)
            .InclusiveBetween(1, GetAgentSessions.MaxLimit)
            .WithMessage($"This value must be between 1 and {GetAgentSessions.MaxLimit}.");
    }
}

internal sealed class GetAgentSessionsHandler(IApplicationDbContext database, ICurrentUser user, TimeProvider time)
    : IRequestHandler<GetAgentSessions, AgentSessions>
{
    public async Task<AgentSessions> Handle(GetAgentSessions request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var sessions = request.Expired switch
        {
            true => database.Sessions.AsNoTracking().Where(session => session.ExpiredAt != null || session.ExpiresAt <= now),
            false => database.Sessions.AsNoTracking().Where(session => session.ExpiredAt == null && session.ExpiresAt > now),
            null => database.Sessions.AsNoTracking(),
        };

        // Two statements: a page past the end has no row that could carry the total, or tell an agent without sessions from no agent.
        var agent = await database.Agents.WithKey(user.Id, request.AgentId)
            .Select(a => new { a.Id, a.Key, Total = sessions.Count(session => session.AgentId == a.Id) })
            .FirstOrDefaultAsync(cancellationToken)
            ?? throw new NotFoundException("There is no such agent.");

        var page = new PageRequest(request.Page, request.Limit);
        var rows = await sessions
            .Where(session => session.AgentId == agent.Id)
            .OrderByDescending(session => session.LastUpdatedSecond)
            .ThenByDescending(session => session.LastUpdated)
            .ThenByDescending(session => session.Id)
            .Skip(page.Skip).Take(page.Limit)
            .ToListAsync(cancellationToken);
        var items = rows.ConvertAll(session => SessionDto.From(session, agent.Key, now));
        return new AgentSessions(items, agent.Total, page.Number, page.Limit, new Page<SessionDto>(items, agent.Total, page).Pages);
    }
}
