using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Stacks;

/// <summary>The caller's stacks, newest first. <paramref name="Search"/> finds a part of the name in any case.</summary>
public sealed record ListStacks(PageRequest Page, string? Search, StackStatus? Status) : IRequest<Page<StackListItem>>;

internal sealed class ListStacksValidator : AbstractValidator<ListStacks>
{
    public ListStacksValidator() => RuleFor(query => query.Search).StorableText();
}

internal sealed class ListStacksHandler(IApplicationDbContext db, ICurrentUser user) : IRequestHandler<ListStacks, Page<StackListItem>>
{
    public Task<Page<StackListItem>> Handle(ListStacks request, CancellationToken cancellationToken)
    {
        var stacks = db.Stacks.AsNoTracking().Where(stack => stack.OwnerId == user.Id);
        if (!string.IsNullOrEmpty(request.Search))
        {
            var pattern = QueryExtensions.ContainsPattern(request.Search);
            stacks = stacks.Where(stack => EF.Functions.Like(stack.Name.ToLower(), pattern, @"\"));
        }

        if (request.Status is { } status)
            stacks = stacks.Where(stack => stack.Status == status);

        var items =
            from stack in stacks.OrderByDescending(stack => stack.CreatedAt).ThenByDescending(stack => stack.Id)
            join creator in db.Users on stack.CreatedById equals creator.Id
            join editor in db.Users on stack.UpdatedById equals editor.Id
            select new StackListItem(
                stack.Id,
                stack.Name,
                stack.Description,
                Stack.NamespaceFor(stack.Id),
                stack.Status,
                stack.StatusReason,
                stack.StatusMessage,
                stack.CreatedAt,
                new UserInfo(creator.Id, creator.FullName, creator.Email),
                stack.UpdatedAt,
                new UserInfo(editor.Id, editor.FullName, editor.Email),
                db.Agents.Count(agent => agent.StackId == stack.Id));
        return items.ToPageAsync(stacks, request.Page, cancellationToken);
    }
}
