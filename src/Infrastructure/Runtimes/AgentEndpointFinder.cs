using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes;

/// <summary>Finds agents that answer; asks the rows only for one that doesn't, to say why without telling strangers its log.</summary>
internal sealed class AgentEndpointFinder(IRunningAgents running, IApplicationDbContext db) : IAgentEndpoints
{
    public async Task<AgentEndpoint> FindAsync(AgentRef agent, CancellationToken cancellationToken)
    {
        if (running.TryCall(agent, out var address, out var call))
            return new AgentEndpoint.Found(address) { Call = call };

        var status = await db.Agents.AsNoTracking()
            .Where(row => row.Id == agent.AgentId && row.StackId == agent.StackId)
            .Select(row => (AgentStatus?)row.Status)
            .SingleOrDefaultAsync(cancellationToken);
        return status switch
        {
            null => new AgentEndpoint.Unknown(),
            AgentStatus.Pending or AgentStatus.Deploying => new AgentEndpoint.NotReady("The agent is being deployed."),
            AgentStatus.Failed => new AgentEndpoint.NotReady("The agent has failed; its status says why."),
            AgentStatus.Stopped => new AgentEndpoint.NotReady("The agent is stopped."),
            AgentStatus.Deleting => new AgentEndpoint.NotReady("The agent is being deleted."),
            _ => new AgentEndpoint.NotReady("The agent doesn't answer at the moment."),
        };
    }
}
