using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Application.Deployment;

/// <summary>Which stacks and deployed agents have rows, those being deleted included: what a full pass goes through.</summary>
public sealed record GetDesiredState : IRequest<DesiredState>;

public sealed record DesiredState(IReadOnlySet<Guid> Stacks, IReadOnlySet<AgentRef> Agents);

internal sealed class GetDesiredStateHandler(IApplicationDbContext db) : IRequestHandler<GetDesiredState, DesiredState>
{
    public async Task<DesiredState> Handle(GetDesiredState request, CancellationToken cancellationToken)
    {
        var stacks = await db.Stacks.AsNoTracking().Select(stack => stack.Id).ToListAsync(cancellationToken);
        var agents = await db.Agents.AsNoTracking()
            .Where(agent => agent.StackId != null)
            .Select(agent => new AgentRef(agent.StackId!.Value, agent.Id))
            .ToListAsync(cancellationToken);
        return new DesiredState(stacks.ToHashSet(), agents.ToHashSet());
    }
}
