using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Stacks;

/// <summary>Changes what is given: an absent or null name stays, an absent description stays, a null one is cleared.</summary>
public sealed record UpdateStack(Guid StackId, string? Name, Optional<string> Description, Precondition? IfMatch = null) : IRequest<StackDetails>;

internal sealed class UpdateStackValidator : AbstractValidator<UpdateStack>
{
    public UpdateStackValidator()
    {
        RuleFor(command => command.Name).RequiredText(Stack.NameMaxLength).When(command => command.Name is not null);
        RuleFor(command => command.Description.Value).OptionalText(Stack.DescriptionMaxLength).OverridePropertyName("description");
    }
}

internal sealed class UpdateStackHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<UpdateStack, StackDetails>
{
    public async Task<StackDetails> Handle(UpdateStack request, CancellationToken cancellationToken)
    {
        await db.InTransactionAsync(async token =>
        {
            var stack = await db.Stacks
                .Where(stack => stack.Id == request.StackId && stack.OwnerId == user.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw GetStackHandler.StackNotFound();
            request.IfMatch.Require(stack.Version);
            if (request.Name is not null)
                stack.Rename(request.Name, user.Id, time.Now());
            if (request.Description.IsPresent)
                stack.Describe(request.Description.Value, user.Id, time.Now());
            if (AuditDetails.Changed(("name", request.Name is not null), ("description", request.Description.IsPresent)) is { } detail)
                audit.Record(AuditActions.StackUpdated, AuditSubject.Of(stack), detail);
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
        return await mediator.Send(new GetStack(request.StackId), cancellationToken);
    }
}
