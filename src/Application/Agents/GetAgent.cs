using MediatR;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents;

/// <summary>One of the caller's agents, by its <c>agent_id</c> or the UUID of its row.</summary>
public sealed record GetAgent(string AgentId) : IRequest<AgentDto>;

internal sealed class GetAgentHandler(IApplicationDbContext db, AgentProjection projection, ICurrentUser user)
    : IRequestHandler<GetAgent, AgentDto>
{
    public async Task<AgentDto> Handle(GetAgent request, CancellationToken cancellationToken)
    {
        var agents = await projection.ToListAsync(db.Agents.WithKey(user.Id, request.AgentId), cancellationToken);
        return agents.Count == 1 ? agents[0] : throw AgentNotFound();
    }

    internal static NotFoundException AgentNotFound() => new("There is no such agent.");
}
