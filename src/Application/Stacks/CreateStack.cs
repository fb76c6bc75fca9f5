using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Quotas;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Stacks;

/// <summary>A new stack of the caller's. It is <c>creating</c> until the runtime has a place for it.</summary>
public sealed record CreateStack(string? Name, string? Description) : IRequest<StackDetails>;

internal sealed class CreateStackValidator : AbstractValidator<CreateStack>
{
    public CreateStackValidator()
    {
        RuleFor(command => command.Name).RequiredText(Stack.NameMaxLength);
        RuleFor(command => command.Description).OptionalText(Stack.DescriptionMaxLength);
    }
}

internal sealed class CreateStackHandler(
    IApplicationDbContext db, ICurrentUser user, QuotaCheck quotas, IAuditTrail audit, IMediator mediator, TimeProvider time) : IRequestHandler<CreateStack, StackDetails>
{
    public async Task<StackDetails> Handle(CreateStack request, CancellationToken cancellationToken)
    {
        var id = await db.InTransactionAsync(
            async token =>
            {
                await quotas.LockAsync(token);
                await quotas.RequireStackAsync(token);
                var stack = Stack.Create(user.Id, request.Name!, request.Description, time.Now());
                db.Stacks.Add(stack);
                audit.Record(AuditActions.StackCreated, AuditSubject.Of(stack));
                await db.SaveChangesAsync(token);
                return stack.Id;
            },
            cancellationToken);
        return await mediator.Send(new GetStack(id), cancellationToken);
    }
}
