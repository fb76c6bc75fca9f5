using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>What <see cref="ChangeAgentCode"/> would do. Refuses what that refuses, and stores nothing.</summary>
public sealed record PreviewAgentCode(string AgentId, IAgentUpload Upload) : IRequest<CodePreview>;

internal sealed class PreviewAgentCodeHandler(
    IApplicationDbContext db,
    CodeReception reception,
    Reconfiguration reconfiguration,
    RevisionProjection revisions,
    RevisionComparison comparison,
    CodePreviews previews,
    ICurrentUser user) : IRequestHandler<PreviewAgentCode, CodePreview>
{
    public async Task<CodePreview> Handle(PreviewAgentCode request, CancellationToken cancellationToken)
    {
        var agentId = await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken);
        var agent = await db.Agents.AsNoTracking().SingleOrDefaultAsync(agent => agent.Id == agentId, cancellationToken)
            ?? throw GetAgentHandler.AgentNotFound();
        agent.RequireDeployed();
        var present = await db.AgentRevisions.AsNoTracking().SingleOrDefaultAsync(
            revision => revision.AgentId == agentId && revision.Number == agent.Revision, cancellationToken)
            ?? throw RevisionProjection.NotFound(agent.Revision);

        return await reception.ReceiveAsync(
            agentId,
            request.Upload,
            early => RevisionRows.RequireNote(early.Note),
            form => RevisionRows.RequireNote(form.Note),
            async (form, staged, settings) =>
            {
                var before = new RevisionConfiguration(present.Settings, present.ProtectedSecrets);
                var after = reconfiguration.Apply(form.Config ?? AgentConfigPatch.Nothing, before, settings, "config.");
                return previews.Make(staged, settings, after) with
                {
                    Difference = await comparison.CompareAsync(
                        agent, present, staged, settings.OverlaidBy(after.Settings), after.ProtectedSecrets, cancellationToken),
                };
            },
            cancellationToken);
    }
}
