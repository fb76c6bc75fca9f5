using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Deployment;

/// <summary>How long an agent may be <c>deploying</c>, and what is kept of it.</summary>
/// <param name="DeployTimeout">After it an agent that isn't running has failed, unless its settings say otherwise.</param>
public sealed record DeploymentOptions(TimeSpan DeployTimeout)
{
    /// <summary>How much later the rows decide it by themselves: a runtime that can say why an agent is late comes first.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So many of an agent's newest revisions are kept, and those that run or may have to.</summary>
    public int KeepRevisions { get; init; } = 10;
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
        var deployments = await Unfinished(db.Agents.AsNoTracking())
            .Select(agent => new { agent.Id, Since = agent.RolloutSince ?? agent.DeployingSince, agent.StartupSeconds })
            .ToListAsync(cancellationToken);
        var overdue = deployments
            .Where(deployment => IsOverdue(deployment.Since, deployment.StartupSeconds, now))
            .Select(deployment => deployment.Id)
            .ToList();
        if (overdue.Count == 0)
            return 0;

        return await db.InTransactionAsync(async token =>
        {
            // In the order in which a stack's deletion takes the same locks.
            var agents = await Unfinished(db.Agents).Where(agent => overdue.Contains(agent.Id)).OrderBy(agent => agent.Id).ForUpdate().ToListAsync(token);
            agents.RemoveAll(agent => !IsOverdue(agent.RolloutSince ?? agent.DeployingSince, agent.StartupSeconds, now));
            foreach (var agent in agents)
            {
                agent.MissDeadline(LimitOf(agent.StartupSeconds), now);
                await db.RecordOutcomeAsync(agent, now, token);
            }

            await db.SaveChangesAsync(token);
            return agents.Count;
        }, cancellationToken);
    }

    /// <summary>What has failed may still come to run by itself, as long as its rollout has time.</summary>
    private static IQueryable<Agent> Unfinished(IQueryable<Agent> agents) => agents.Where(agent =>
        agent.Status == AgentStatus.Deploying || (agent.Status == AgentStatus.Failed && agent.RolloutSince != null));

    private bool IsOverdue(DateTimeOffset? since, int? startupSeconds, DateTimeOffset now) =>
        since + LimitOf(startupSeconds) + options.Grace <= now;

    private TimeSpan LimitOf(int? startupSeconds) => startupSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.DeployTimeout;
}
