using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Deployment;

/// <summary>
/// Gives agents from before there were revisions their first one. May be broken off at any point and sent again, by several servers at once. Returns
/// how many agents got one.
/// </summary>
public sealed record AdoptStoredCode : IRequest<int>;

internal sealed class AdoptStoredCodeHandler(IApplicationDbContext db, ICodeAdoption adoption, ILogger<AdoptStoredCodeHandler> logger)
    : IRequestHandler<AdoptStoredCode, int>
{
    public async Task<int> Handle(AdoptStoredCode request, CancellationToken cancellationToken)
    {
        var agents = await db.Agents.AsNoTracking()
            .Where(agent => agent.StackId != null && agent.Status != AgentStatus.Deleting && !db.AgentRevisions.Any(revision => revision.AgentId == agent.Id))
            .OrderBy(agent => agent.Id)
            .Select(agent => new { Reference = new AgentRef(agent.StackId!.Value, agent.Id), agent.Revision })
            .ToListAsync(cancellationToken);
        var adopted = 0;
        foreach (var agent in agents)
        {
            try
            {
                // The files first: a row would say that they are where they belong.
                if (await adoption.AdoptAsync(agent.Reference, agent.Revision, cancellationToken) is { } code)
                    adopted += await db.InTransactionAsync(token => AddRevisionAsync(agent.Reference.AgentId, code, token), cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                logger.LogError(exception, "The code of agent {AgentId} can't be taken over; the next start tries again", agent.Reference.AgentId);
            }
        }

        if (adopted > 0)
            logger.LogInformation("{Count} agents got their first revision", adopted);
        return adopted;
    }

    private async Task<int> AddRevisionAsync(Guid agentId, AdoptedCode code, CancellationToken cancellationToken)
    {
        var agent = await db.Agents.Where(agent => agent.Id == agentId).ForUpdate().SingleOrDefaultAsync(cancellationToken);
        if (agent is null || await db.AgentRevisions.AnyAsync(revision => revision.AgentId == agentId, cancellationToken))
            return 0;

        // An agent.yaml in it said nothing when it was uploaded.
        db.AgentRevisions.Add(AgentRevision.OfCode(
            agent,
            RevisionCause.Created,
            new RevisionCode(agent.Revision, code.Digest, code.PackedBytes, UnpackedSize: 0, AgentSettings.None),
            new RevisionConfiguration(AgentSettings.None, ProtectedSecrets: null),
            note: null,
            agent.CreatedById,
            agent.CreatedAt));
        await db.SaveChangesAsync(cancellationToken);
        return 1;
    }
}
