using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Agents.Configuration;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
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

    public void Require(AgentForm form)
    {
        var result = Validate(form);
        if (!result.IsValid)
            throw new ValidationFailedException(result.ToDictionary().AsReadOnly());
    }
}

internal sealed class CreateAgentHandler(
    IApplicationDbContext db,
    ICodeStorage storage,
    IncomingCode incoming,
    CodePublication publication,
    Reconfiguration reconfiguration,
    RolloutWaiter waiter,
    ICurrentUser user,
    IAuditTrail audit,
    IMediator mediator,
    AgentFormValidator validator,
    TimeProvider time) : IRequestHandler<CreateAgent, AgentDto>
{
    public async Task<AgentDto> Handle(CreateAgent request, CancellationToken cancellationToken)
    {
        await RequireStackAsync(request.StackId, cancellationToken);
        var agentId = Guid.CreateVersion7();
        var rollout = await ReceiveAsync(request.StackId, agentId, request.Upload, cancellationToken);
        await waiter.WaitAsync(agentId, rollout, request.Wait, cancellationToken);
        return await mediator.Send(new GetAgent(agentId.ToString()), cancellationToken);
    }

    private async Task<int> ReceiveAsync(Guid stackId, Guid agentId, IAgentUpload upload, CancellationToken cancellationToken)
    {
        IStagedCode? staged = null;
        try
        {
            var form = await upload.ReceiveAsync(
                async (zip, token) => staged = await storage.StageAsync(agentId, zip, token),
                early =>
                {
                    // A name that comes after the file is checked when it is there.
                    if (early.Name is not null)
                        validator.Require(early);
                },
                cancellationToken);
            form = form with { Note = form.Note ?? form.Config?.Note.Value };
            validator.Require(form);
            if (staged is null)
                throw AgentForm.FileMissing();

            var settings = await incoming.ReadSettingsAsync(staged, cancellationToken);
            return await AddAsync(stackId, agentId, form, staged, settings, cancellationToken);
        }
        finally
        {
            if (staged is not null)
                await staged.DisposeAsync();
        }
    }

    private Task<int> AddAsync(
        Guid stackId, Guid agentId, AgentForm form, IStagedCode staged, AgentSettings settings, CancellationToken cancellationToken) =>
        publication.InTransactionAsync(staged, agentId, async (publish, token) =>
        {
            var stack = await db.Stacks
                .Where(stack => stack.Id == stackId && stack.OwnerId == user.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw new NotFoundException("There is no such stack.");
            var now = time.Now();
            var agent = stack.AddAgent(agentId, form.Name!, form.Description, user.Id, now);
            var code = new RevisionCode(agent.Revision, staged.Facts.Digest, staged.Facts.PackedBytes, settings);
            var configuration = reconfiguration.Apply(form.Config ?? AgentConfigPatch.Nothing, Reconfiguration.None, code.Settings, "config.");
            agent.ApplySettings(code.Settings.OverlaidBy(configuration.Settings));
            db.Agents.Add(agent);
            db.AgentRevisions.Add(AgentRevision.OfCode(agent, RevisionCause.Created, code, configuration, form.Note, user.Id, now));
            audit.Record(AuditActions.AgentCreated, AuditSubject.Of(agent), $"Code {staged.Facts.Digest}.");
            await db.SaveChangesAsync(token);
            await publish(stackId, agent.Revision, token);
            return agent.Rollout;
        }, cancellationToken);

    /// <summary>Says no before the client has sent 200 MB. The stack is looked at again, under a lock, when the agent is added.</summary>
    private async Task RequireStackAsync(Guid stackId, CancellationToken cancellationToken)
    {
        var status = await db.Stacks
            .Where(stack => stack.Id == stackId && stack.OwnerId == user.Id)
            .Select(stack => (StackStatus?)stack.Status)
            .SingleOrDefaultAsync(cancellationToken) ?? throw new NotFoundException("There is no such stack.");
        Stack.RequireTakesAgents(status);
    }
}
