using StackAgent.Application.Common.Paging;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Stacks;

/// <summary>Reads pages of stacks, without what EF Core adds to a query: see <see cref="Agents.IAgentList"/>.</summary>
public interface IStackList
{
    /// <summary>Stacks of one owner, newest first, with the total of all pages.</summary>
    Task<Page<StackListItem>> ReadAsync(StackListQuery query, CancellationToken cancellationToken);
}

/// <summary>Which stacks, and which of their pages. What is null doesn't restrict.</summary>
/// <param name="OwnerId">Whose stacks.</param>
/// <param name="Page">Which page.</param>
/// <param name="Search">A part of the name, in any case; never empty.</param>
/// <param name="Status">With this status.</param>
public sealed record StackListQuery(Guid OwnerId, PageRequest Page, string? Search, StackStatus? Status);
