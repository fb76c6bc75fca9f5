using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Deployment;

/// <summary>How long an agent may be <c>deploying</c>.</summary>
/// <param name="DeployTimeout">After it an agent that isn't running has failed.</param>
public sealed record DeploymentOptions(TimeSpan DeployTimeout)
{
    /// <summary>How much later the rows decide it by themselves: a runtime that can say why an agent is late comes first.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Ends every deployment that took too long, whatever its runtime says or doesn't say. Reads nothing but rows, so it holds while a cluster is
/// away and after a restart. Returns how many there were.
/// </summary>
public sealed record FailOverdueDeployments : IRequest<int>;

internal sealed class FailOverdueDeploymentsHandler(IApplicationDbContext db, DeploymentOptions options, TimeProvider time)
    : IRequestHandler<FailOverdueDeployments, int>
{
    public async Task<int> Handle(FailOverdueDeployments request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var latest = now - options.DeployTimeout - options.Grace;
        var overdue = db.Agents.Where(agent => agent.Status == AgentStatus.Deploying && agent.DeployingSince <= latest);
        if (!await overdue.AnyAsync(cancellationToken))
            return 0;

        return await db.InTransactionAsync(async token =>
        {
            // In the order in which a stack's deletion takes the same locks.
            var agents = await overdue.OrderBy(agent => agent.Id).ForUpdate().ToListAsync(token);
            foreach (var agent in agents)
                agent.MissDeadline(options.DeployTimeout, now);
            await db.SaveChangesAsync(token);
            return agents.Count;
        }, cancellationToken);
    }
}
