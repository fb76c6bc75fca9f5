using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Quotas;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Agents;

/// <summary>A new agent in one of the caller's stacks, from an upload that is read as it arrives.</summary>
/// <param name="StackId">Which stack.</param>
/// <param name="Upload">The form.</param>
/// <param name="Wait">How long to wait for the end of its rollout; null: not at all.</param>
public sealed record CreateAgent(Guid StackId, IAgentUpload Upload, TimeSpan? Wait) : IRequest<AgentDto>;

internal sealed class AgentFormValidator : AbstractValidator<AgentForm>
{
    public AgentFormValidator()
    {
        RuleFor(form => form.Name).RequiredText(Agent.NameMaxLength);
        RuleFor(form => form.Description).OptionalText(Agent.DescriptionMaxLength);
        RuleFor(form => form.Note).OptionalText(AgentRevision.NoteMaxLength);
    }

    /// <summary>For the fields that came before the file: a name that comes after it is checked when it is there.</summary>
    public void RequireEarly(AgentForm form)
    {
        if (form.Name is not null)
            Require(form);
    }

    public void Require(AgentForm form)
    {
        var result = Validate(form);
        if (!result.IsValid)
            throw new ValidationFailedException(result.ToDictionary().AsReadOnly());
    }
}

internal sealed class CreateAgentHandler(
    IApplicationDbContext db,
    CodeReception reception,
    CodePublication publication,
    Reconfiguration reconfiguration,
    RolloutWaiter waiter,
    ICurrentUser user,
    QuotaCheck quotas,
    IAuditTrail audit,
    IMediator mediator,
    AgentFormValidator validator,
    TimeProvider time) : IRequestHandler<CreateAgent, AgentDto>
{
    public async Task<AgentDto> Handle(CreateAgent request, CancellationToken cancellationToken)
    {
        await db.RequireStackAsync(request.StackId, user.Id, cancellationToken);
        // Before the client has sent 200 MB, and again when it counts.
        await quotas.RequireAgentAsync(cancellationToken);
        await quotas.RequireCodeAsync(code: null, cancellationToken);
        var agentId = Guid.CreateVersion7();
        var rollout = await reception.ReceiveAsync(
            agentId,
            request.Upload,
            validator.RequireEarly,
            validator.Require,
            (form, staged, settings) => AddAsync(request.StackId, agentId, form, staged, settings, cancellationToken),
            cancellationToken);
        await waiter.WaitAsync(agentId, rollout, request.Wait, cancellationToken);
        return await mediator.Send(new GetAgent(agentId.ToString()), cancellationToken);
    }

    private Task<int> AddAsync(
        Guid stackId, Guid agentId, AgentForm form, IStagedCode staged, AgentSettings settings, CancellationToken cancellationToken) =>
        publication.InTransactionAsync(staged, agentId, async (publish, token) =>
        {
            await quotas.LockAsync(token);
            await quotas.RequireAgentAsync(token);
            await quotas.RequireCodeAsync(staged.Facts, token);
            var stack = await db.Stacks
                .Where(stack => stack.Id == stackId && stack.OwnerId == user.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw new NotFoundException("There is no such stack.");
            var now = time.Now();
            var agent = stack.AddAgent(agentId, form.Name!, form.Description, user.Id, now);
            var code = new RevisionCode(agent.Revision, staged.Facts.Digest, staged.Facts.PackedBytes, staged.Facts.UnpackedBytes, settings);
            var configuration = reconfiguration.Apply(form.Config ?? AgentConfigPatch.Nothing, Reconfiguration.None, code.Settings, "config.");
            agent.ApplySettings(code.Settings.OverlaidBy(configuration.Settings));
            db.Agents.Add(agent);
            db.AgentRevisions.Add(AgentRevision.OfCode(agent, RevisionCause.Created, code, configuration, form.Note, user.Id, now));
            audit.Record(AuditActions.AgentCreated, AuditSubject.Of(agent), $"Code {staged.Facts.Digest}.");
            await db.SaveChangesAsync(token);
            await publish(stackId, agent.Revision, token);
            return agent.Rollout;
        }, cancellationToken);
}

internal static class StacksForAgents
{
    /// <summary>
    /// Says no before the client has sent 200 MB. The stack is looked at again, under a lock, when the agent is added.
    /// </summary>
    public static async Task RequireStackAsync(this IApplicationDbContext db, Guid stackId, Guid ownerId, CancellationToken cancellationToken)
    {
        var status = await db.Stacks
            .Where(stack => stack.Id == stackId && stack.OwnerId == ownerId)
            .Select(stack => (StackStatus?)stack.Status)
            .SingleOrDefaultAsync(cancellationToken) ?? throw new NotFoundException("There is no such stack.");
        Stack.RequireTakesAgents(status);
    }
}
