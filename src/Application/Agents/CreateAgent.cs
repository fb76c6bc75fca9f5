using System.Data.Common;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Agents;

/// <summary>A new agent in one of the caller's stacks, from an upload that is read as it arrives.</summary>
public sealed record CreateAgent(Guid StackId, IAgentUpload Upload) : IRequest<AgentDto>;

internal sealed class AgentFormValidator : AbstractValidator<AgentForm>
{
    public AgentFormValidator()
    {
        RuleFor(form => form.Name).RequiredText(Agent.NameMaxLength);
        RuleFor(form => form.Description).OptionalText(Agent.DescriptionMaxLength);
    }

    public void Require(AgentForm form)
    {
        var result = Validate(form);
        if (!result.IsValid)
            throw new ValidationFailedException(result.ToDictionary().AsReadOnly());
    }
}

internal sealed class CreateAgentHandler(
    IApplicationDbContext db, ICodeStorage storage, ICurrentUser user, IMediator mediator, AgentFormValidator validator, TimeProvider time)
    : IRequestHandler<CreateAgent, AgentDto>
{
    public async Task<AgentDto> Handle(CreateAgent request, CancellationToken cancellationToken)
    {
        await RequireStackAsync(request.StackId, cancellationToken);

        var agentId = Guid.CreateVersion7();
        IStagedCode? staged = null;
        try
        {
            var form = await request.Upload.ReceiveAsync(
                async (zip, token) => staged = await storage.StageAsync(agentId, zip, token),
                early =>
                {
                    // A name that comes after the file is checked when it is there.
                    if (early.Name is not null)
                        validator.Require(early);
                },
                cancellationToken);
            validator.Require(form);
            if (staged is null)
                throw new ValidationFailedException("file", "Send the agent's code as a ZIP in the form field \"file\".");

            await AddAsync(request.StackId, agentId, form, staged, cancellationToken);
            return await mediator.Send(new GetAgent(agentId.ToString()), cancellationToken);
        }
        finally
        {
            if (staged is not null)
                await staged.DisposeAsync();
        }
    }

    private async Task AddAsync(Guid stackId, Guid agentId, AgentForm form, IStagedCode staged, CancellationToken cancellationToken)
    {
        var published = false;
        try
        {
            await db.InTransactionAsync(async token =>
            {
                var stack = await db.Stacks
                    .Where(stack => stack.Id == stackId && stack.OwnerId == user.Id)
                    .ForUpdate()
                    .SingleOrDefaultAsync(token) ?? throw new NotFoundException("There is no such stack.");
                var now = time.Now();
                var agent = stack.AddAgent(agentId, form.Name!, form.Description, user.Id, now);
                var code = new RevisionCode(agent.Revision, staged.Facts.Digest, staged.Facts.PackedBytes, AgentSettings.None);
                db.Agents.Add(agent);
                db.AgentRevisions.Add(AgentRevision.OfCode(
                    agent, RevisionCause.Created, code, new RevisionConfiguration(AgentSettings.None, ProtectedSecrets: null), note: null, user.Id, now));
                await db.SaveChangesAsync(token);

                // Last before the commit: a refused row leaves no files, and a crash in between leaves files that the sweep removes.
                await staged.PublishAsync(stackId, agent.Revision, token);
                published = true;
                return agentId;
            }, cancellationToken);
        }
        catch when (published)
        {
            // A commit that failed may still have happened. If it did, the row's code has to stay; the sweep removes it if it didn't.
            if (await MayExistAsync(agentId))
                await staged.KeepAsync();
            throw;
        }

        await staged.KeepAsync();
    }

    private async Task<bool> MayExistAsync(Guid agentId)
    {
        try
        {
            return await db.Agents.AnyAsync(agent => agent.Id == agentId, CancellationToken.None);
        }
        catch (DbException)
        {
            return true;
        }
    }

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
