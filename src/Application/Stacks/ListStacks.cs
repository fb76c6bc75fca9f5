using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Stacks;

/// <summary>The caller's stacks, newest first. <paramref name="Search"/> finds a part of the name in any case.</summary>
public sealed record ListStacks(PageRequest Page, string? Search, StackStatus? Status) : IRequest<Page<StackListItem>>;

internal sealed class ListStacksValidator : AbstractValidator<ListStacks>
{
    public ListStacksValidator() => RuleFor(query => query.Search).StorableText();
}

internal sealed class ListStacksHandler(IStackList list, ICurrentUser user) : IRequestHandler<ListStacks, Page<StackListItem>>
{
    public Task<Page<StackListItem>> Handle(ListStacks request, CancellationToken cancellationToken) => list.ReadAsync(
        new StackListQuery(user.Id, request.Page, string.IsNullOrEmpty(request.Search) ? null : request.Search, request.Status), cancellationToken);
}
