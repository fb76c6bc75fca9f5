using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>
/// Makes a revision of the present one's code with another configuration, and deploys it. What changes nothing makes none: the answer is the
/// present one.
/// </summary>
/// <param name="AgentId">Which agent.</param>
/// <param name="Patch">What to change.</param>
/// <param name="Wait">How long to wait for the end of its rollout; null: not at all.</param>
/// <param name="IfMatch">The state that the change is meant for.</param>
public sealed record ChangeAgentConfig(string AgentId, AgentConfigPatch Patch, TimeSpan? Wait, Precondition? IfMatch = null) : IRequest<RevisionDto>;

internal sealed class ChangeAgentConfigHandler(
    IApplicationDbContext db,
    Reconfiguration reconfiguration,
    RevisionProjection revisions,
    RolloutWaiter waiter,
    ICurrentUser user,
    IAuditTrail audit,
    TimeProvider time) : IRequestHandler<ChangeAgentConfig, RevisionDto>
{
    public async Task<RevisionDto> Handle(ChangeAgentConfig request, CancellationToken cancellationToken)
    {
        var agentId = await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken);
        var note = request.Patch.Note.Value;
        RevisionRows.RequireNote(note);
        var (number, rollout) = await db.InTransactionAsync(async token =>
        {
            var (agent, present) = await db.LockAgentAsync(agentId, token);
            request.IfMatch.Require(EntityTags.Of(agent.Version, agent.Revision));
            var before = new RevisionConfiguration(present.Settings, present.ProtectedSecrets);
            var after = reconfiguration.Apply(request.Patch, before, present.CodeSettings);
            if (Reconfiguration.AreSame(before, after))
                return (present.Number, agent.Rollout);

            var now = time.Now();
            agent.BeginRevision(present.CodeSettings.OverlaidBy(after.Settings), user.Id, now);
            db.AgentRevisions.Add(present.Reconfigured(agent, after, note, user.Id, now));
            audit.Record(AuditActions.AgentConfigChanged, AuditSubject.Of(agent), $"Revision {agent.Revision}.");
            await db.SaveChangesAsync(token);
            return (agent.Revision, agent.Rollout);
        }, cancellationToken);

        await waiter.WaitAsync(agentId, rollout, request.Wait, cancellationToken);
        return revisions.Show(await revisions.GetAsync(agentId, number, cancellationToken));
    }
}
