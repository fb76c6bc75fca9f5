namespace StackAgent.Application.Common.Paging;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Limit">Items in a page.</param>
public readonly record struct PageRequest(int Number, int Limit)
{
    /// <summary>How many items come before the page; capped, so that a huge page number is an empty page and not an overflow.</summary>
    public int Skip => (int)Math.Min((long)(Number - 1) * Limit, int.MaxValue);
}

/// <summary>One page of a list: <c>{items, total, page, limit, pages}</c>.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total, PageRequest Request)
{
    public int Pages => (int)(((long)Total + Request.Limit - 1) / Request.Limit);
}
