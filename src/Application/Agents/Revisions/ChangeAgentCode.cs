using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Quotas;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>
/// Makes a revision with other code, from an upload that is read as it arrives, and deploys it. The configuration goes on, as far as the form doesn't
/// change it. Code that an earlier revision came with isn't stored again; the present one's, with the present configuration, makes no revision,
/// unless the present one has failed.
/// </summary>
/// <param name="AgentId">Which agent.</param>
/// <param name="Upload">The form; its name and description don't count.</param>
/// <param name="Wait">How long to wait for the end of its rollout; null: not at all.</param>
/// <param name="IfMatch">The state that the change is meant for: the tag of the configuration, which follows every revision.</param>
public sealed record ChangeAgentCode(string AgentId, IAgentUpload Upload, TimeSpan? Wait, Precondition? IfMatch = null) : IRequest<RevisionDto>;

internal sealed class ChangeAgentCodeHandler(
    IApplicationDbContext db,
    ICodeStorage storage,
    CodeReception reception,
    CodePublication publication,
    Reconfiguration reconfiguration,
    RevisionProjection revisions,
    RolloutWaiter waiter,
    ICurrentUser user,
    QuotaCheck quotas,
    IAuditTrail audit,
    TimeProvider time) : IRequestHandler<ChangeAgentCode, RevisionDto>
{
    public async Task<RevisionDto> Handle(ChangeAgentCode request, CancellationToken cancellationToken)
    {
        var agentId = await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken);
        await RequireDeployedAsync(agentId, request.IfMatch, cancellationToken);
        var (number, rollout) = await reception.ReceiveAsync(
            agentId,
            request.Upload,
            early => RevisionRows.RequireNote(early.Note),
            form => RevisionRows.RequireNote(form.Note),
            (form, staged, settings) => AddAsync(agentId, form, staged, settings, request.IfMatch, cancellationToken),
            cancellationToken);
        await waiter.WaitAsync(agentId, rollout, request.Wait, cancellationToken);
        return revisions.Show(await revisions.GetAsync(agentId, number, cancellationToken));
    }

    private Task<(int Number, int Rollout)> AddAsync(
        Guid agentId, AgentForm form, IStagedCode staged, AgentSettings settings, Precondition? ifMatch, CancellationToken cancellationToken) =>
        publication.InTransactionAsync(staged, agentId, async (publish, token) =>
        {
            await quotas.LockAsync(token);
            var (agent, present) = await db.LockAgentAsync(agentId, token);
            ifMatch.Require(EntityTags.Of(agent.Version, agent.Revision));
            var known = await FindCodeAsync(agent, present, staged.Facts.Digest, token);
            if (known is null)
                await quotas.RequireCodeAsync(staged.Facts, token);
            var code = new RevisionCode(
                known ?? agent.LastRevision + 1, staged.Facts.Digest, staged.Facts.PackedBytes, staged.Facts.UnpackedBytes, settings);
            var before = new RevisionConfiguration(present.Settings, present.ProtectedSecrets);
            var after = reconfiguration.Apply(form.Config ?? AgentConfigPatch.Nothing, before, code.Settings, "config.");
            var isSameCode = code.Revision == present.CodeRevision && Reconfiguration.AreSame(settings, present.CodeSettings);
            if (isSameCode && Reconfiguration.AreSame(before, after) && present.FailedAt is null)
                return (present.Number, agent.Rollout);

            var now = time.Now();
            agent.BeginRevision(code.Settings.OverlaidBy(after.Settings), user.Id, now);
            db.AgentRevisions.Add(AgentRevision.OfCode(agent, RevisionCause.Code, code, after, form.Note, user.Id, now));
            audit.Record(AuditActions.AgentCodeChanged, AuditSubject.Of(agent), $"Revision {agent.Revision}, code {code.Digest}.");
            await db.SaveChangesAsync(token);
            if (known is null)
                await publish(agent.StackId!.Value, agent.Revision, token);
            return (agent.Revision, agent.Rollout);
        }, cancellationToken);

    /// <summary>The revision that came with the same code, where that is still kept; the present one's before others'.</summary>
    private async Task<int?> FindCodeAsync(Agent agent, AgentRevision present, string digest, CancellationToken cancellationToken)
    {
        var found = await db.AgentRevisions.AsNoTracking()
            .Where(revision => revision.AgentId == agent.Id && revision.CodeDigest == digest)
            .OrderByDescending(revision => revision.CodeRevision == present.CodeRevision)
            .ThenByDescending(revision => revision.Number)
            .Select(revision => (int?)revision.CodeRevision)
            .ToListAsync(cancellationToken);
        return found.Find(revision => storage.Exists(agent.StackId!.Value, agent.Id, revision!.Value));
    }

    /// <summary>Says no before the client has sent 200 MB. The agent is looked at again, under a lock, when the revision is added.</summary>
    private async Task RequireDeployedAsync(Guid agentId, Precondition? ifMatch, CancellationToken cancellationToken)
    {
        var agent = await db.Agents.AsNoTracking().SingleOrDefaultAsync(agent => agent.Id == agentId, cancellationToken)
            ?? throw GetAgentHandler.AgentNotFound();
        agent.RequireDeployed();
        ifMatch.Require(EntityTags.Of(agent.Version, agent.Revision));
    }
}
