using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Finds agents among this machine's processes; only for one that isn't there is the database asked why.</summary>
internal sealed class LocalAgentDirectory(ILocalAgentEndpoints processes, IServiceScopeFactory scopes) : IAgentEndpoints
{
    public async Task<AgentEndpoint> FindAsync(AgentRef agent, CancellationToken cancellationToken)
    {
        if (processes.TryGetEndpoint(agent, out var address))
            return new AgentEndpoint.Found(address);

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        var status = await db.Agents
            .AsNoTracking()
            .Where(row => row.Id == agent.AgentId && row.StackId == agent.StackId)
            .Select(row => (AgentStatus?)row.Status)
            .SingleOrDefaultAsync(cancellationToken);

        // Never the status message: it quotes the agent's log, and anybody may ask here.
        return status switch
        {
            null => new AgentEndpoint.Unknown(),
            AgentStatus.Pending or AgentStatus.Deploying => new AgentEndpoint.NotReady("The agent is being deployed; try again in a few seconds."),
            AgentStatus.Failed => new AgentEndpoint.NotReady("The agent has failed; its status says why."),
            AgentStatus.Deleting => new AgentEndpoint.NotReady("The agent is being deleted."),
            _ => new AgentEndpoint.NotReady("The agent doesn't accept connections at the moment."),
        };
    }
}
