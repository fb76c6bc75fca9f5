using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Deployment;

/// <summary>What the rows alone show to be unfinished: stacks and agents on their way in or out. Cheap enough to ask every few seconds.</summary>
public sealed record FindUnsettled : IRequest<IReadOnlyList<ReconcileKey>>;

internal sealed class FindUnsettledHandler(IApplicationDbContext db) : IRequestHandler<FindUnsettled, IReadOnlyList<ReconcileKey>>
{
    public async Task<IReadOnlyList<ReconcileKey>> Handle(FindUnsettled request, CancellationToken cancellationToken)
    {
        // A stack that goes has to wait for its agents, and an agent that comes for its stack.
        var stacks = await db.Stacks.AsNoTracking()
            .Where(stack => stack.Status == StackStatus.Creating
                || (stack.Status == StackStatus.Deleting && !db.Agents.Any(agent => agent.StackId == stack.Id)))
            .Select(stack => stack.Id)
            .ToListAsync(cancellationToken);
        var agents = await db.Agents.AsNoTracking()
            .Where(agent => agent.Status == AgentStatus.Deleting
                || ((agent.Status == AgentStatus.Pending || (agent.Status == AgentStatus.Stopped && agent.RolloutSince == null))
                    && db.Stacks.Any(stack => stack.Id == agent.StackId && stack.Status == StackStatus.Ready)))
            .Select(agent => agent.Id)
            .ToListAsync(cancellationToken);
        return [.. stacks.Select(ReconcileKey.Stack), .. agents.Select(ReconcileKey.Agent)];
    }
}
