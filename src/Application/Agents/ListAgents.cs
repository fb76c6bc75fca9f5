using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Paging;
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

internal sealed class ListAgentsHandler(IAgentList list, AgentAddresses addresses, ICurrentUser user)
    : IRequestHandler<ListAgents, Page<AgentDto>>
{
    public async Task<Page<AgentDto>> Handle(ListAgents request, CancellationToken cancellationToken)
    {
        var query = new AgentListQuery(
            user.Id,
            request.Page,
            string.IsNullOrEmpty(request.Search) ? null : request.Search,
            request.Status is null ? null : AgentStatusFilter.Parse(request.Status),
            request.Kind,
            request.StackId);
        return (await list.ReadAsync(query, cancellationToken)).Map(addresses.Add);
    }
}
