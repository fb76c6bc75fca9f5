using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Application.Deployment;

/// <summary>Removes an agent from the runtime if no row asks for it; leaves one that has a row alone.</summary>
public sealed record RemoveOrphan(AgentRef Agent) : IRequest<ReconcileResult>;

internal sealed class RemoveOrphanHandler(IApplicationDbContext db, IAgentRuntime runtime) : IRequestHandler<RemoveOrphan, ReconcileResult>
{
    public async Task<ReconcileResult> Handle(RemoveOrphan request, CancellationToken cancellationToken)
    {
        var (stackId, agentId) = request.Agent;
        if (await db.Agents.AnyAsync(agent => agent.Id == agentId && agent.StackId == stackId, cancellationToken))
            return ReconcileResult.Settled;

        return await runtime.RemoveAgentAsync(request.Agent, cancellationToken) ? ReconcileResult.Settled : ReconcileResult.Waiting;
    }
}
