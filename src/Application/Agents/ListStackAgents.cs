using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents;

/// <summary>The agents of one of the caller's stacks, oldest first.</summary>
public sealed record ListStackAgents(Guid StackId, PageRequest Page) : IRequest<Page<AgentDto>>;

internal sealed class ListStackAgentsHandler(IApplicationDbContext db, AgentProjection projection, ICurrentUser user)
    : IRequestHandler<ListStackAgents, Page<AgentDto>>
{
    public async Task<Page<AgentDto>> Handle(ListStackAgents request, CancellationToken cancellationToken)
    {
        if (!await db.Stacks.AnyAsync(stack => stack.Id == request.StackId && stack.OwnerId == user.Id, cancellationToken))
            throw new NotFoundException("There is no such stack.");

        return await projection.ToPageAsync(
            db.Agents.Where(agent => agent.StackId == request.StackId).OrderBy(agent => agent.CreatedAt).ThenBy(agent => agent.Id),
            request.Page,
            cancellationToken);
    }
}
