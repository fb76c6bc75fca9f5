using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>
/// The caller's agents, those seen last first. <paramref name="Search"/> finds a part of id or name in any case;
/// <paramref name="Status"/> is compared with the deployment status and with that of the newest report.
/// </summary>
public sealed record ListAgents(PageRequest Page, string? Search, string? Status, AgentKind? Kind, Guid? StackId)
    : IRequest<Page<AgentDto>>;

internal sealed class ListAgentsValidator : AbstractValidator<ListAgents>
{
    public ListAgentsValidator()
    {
        RuleFor(query => query.Search).StorableText();
        RuleFor(query => query.Status)
            .Must(status => status is null || AgentStatusFilter.Parse(status) is not null)
            .WithMessage($"This must be one of {string.Join(", ", AgentStatusFilter.Words)}.");
    }
}

internal sealed class ListAgentsHandler(IApplicationDbContext db, AgentProjection projection, ICurrentUser user)
    : IRequestHandler<ListAgents, Page<AgentDto>>
{
    public Task<Page<AgentDto>> Handle(ListAgents request, CancellationToken cancellationToken)
    {
        var agents = db.Agents.Where(agent => agent.OwnerId == user.Id);
        if (!string.IsNullOrEmpty(request.Search))
        {
            var pattern = QueryExtensions.ContainsPattern(request.Search);
            agents = agents.Where(agent =>
                EF.Functions.Like(agent.Key.ToLower(), pattern, @"\") || EF.Functions.Like(agent.Name.ToLower(), pattern, @"\"));
        }

        if (request.Kind is { } kind)
            agents = agents.Where(agent => agent.Kind == kind);
        if (request.StackId is { } stackId)
            agents = agents.Where(agent => agent.StackId == stackId);

        return projection.ToPageAsync(
            agents
                .OrderByDescending(agent => agent.Activity!.LastActivitySecond)
                .ThenByDescending(agent => agent.Activity!.LastActivityAt)
                .ThenByDescending(agent => agent.Id),
            request.Status is null ? null : AgentStatusFilter.Parse(request.Status),
            request.Page,
            cancellationToken);
    }
}
