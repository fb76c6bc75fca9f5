using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>The configuration of the revision that one of the caller's agents should run.</summary>
public sealed record GetAgentConfig(string AgentId) : IRequest<AgentConfigDto>;

internal sealed class GetAgentConfigHandler(RevisionProjection revisions, ICurrentUser user) : IRequestHandler<GetAgentConfig, AgentConfigDto>
{
    public async Task<AgentConfigDto> Handle(GetAgentConfig request, CancellationToken cancellationToken)
    {
        var agentId = await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken);
        var wanted = await revisions.Of(agentId).SingleOrDefaultAsync(row => row.Revision.Number == row.Agent.Revision, cancellationToken)
            ?? throw GetAgentHandler.AgentNotFound();
        return revisions.Configuration(wanted.Revision) with { EntityTag = RevisionProjection.TagOf(wanted) };
    }
}
