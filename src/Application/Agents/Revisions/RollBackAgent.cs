using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>Makes a new revision with the code, settings and secrets of an earlier one, and deploys it.</summary>
/// <param name="AgentId">Which agent.</param>
/// <param name="Revision">The earlier one.</param>
/// <param name="Note">What to remember about it.</param>
/// <param name="Wait">How long to wait for the end of its rollout; null: not at all.</param>
public sealed record RollBackAgent(string AgentId, int Revision, string? Note, TimeSpan? Wait) : IRequest<RevisionDto>;

internal sealed class RollBackAgentValidator : AbstractValidator<RollBackAgent>
{
    public RollBackAgentValidator()
    {
        RuleFor(command => command.Note).OptionalText(AgentRevision.NoteMaxLength);
    }
}

internal sealed class RollBackAgentHandler(
    IApplicationDbContext db,
    ICodeStorage storage,
    RevisionProjection revisions,
    RolloutWaiter waiter,
    ICurrentUser user,
    IAuditTrail audit,
    TimeProvider time) : IRequestHandler<RollBackAgent, RevisionDto>
{
    public async Task<RevisionDto> Handle(RollBackAgent request, CancellationToken cancellationToken)
    {
        var agentId = await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken);
        var (number, rollout) = await db.InTransactionAsync(async token =>
        {
            var agent = await db.Agents.Where(agent => agent.Id == agentId).ForUpdate().SingleOrDefaultAsync(token)
                ?? throw GetAgentHandler.AgentNotFound();
            var earlier = await db.AgentRevisions.SingleOrDefaultAsync(
                revision => revision.AgentId == agentId && revision.Number == request.Revision, token)
                ?? throw RevisionProjection.NotFound(request.Revision);
            if (earlier.Number == agent.Revision)
                throw new ConflictException($"Revision {earlier.Number} is the present one already. To have it started anew, restart the agent.");
            if (!storage.Exists(agent.StackId!.Value, agentId, earlier.CodeRevision))
                throw new ConflictException($"The code of revision {earlier.Number} is not on this server's disk.");

            var now = time.Now();
            agent.BeginRevision(earlier.EffectiveSettings, user.Id, now);
            db.AgentRevisions.Add(earlier.Repeated(agent, request.Note, user.Id, now));
            audit.Record(AuditActions.AgentRolledBack, AuditSubject.Of(agent), $"Revision {agent.Revision}, which is {earlier.Number} again.");
            await db.SaveChangesAsync(token);
            return (agent.Revision, agent.Rollout);
        }, cancellationToken);

        await waiter.WaitAsync(agentId, rollout, request.Wait, cancellationToken);
        return revisions.Show(await revisions.GetAsync(agentId, number, cancellationToken));
    }
}
