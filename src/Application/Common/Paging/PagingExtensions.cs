using Microsoft.EntityFrameworkCore;

namespace StackAgent.Application.Common.Paging;

public static class PagingExtensions
{
    /// <summary>
    /// The asked part of <paramref name="query"/>, which must have a stable order, with the total of all parts, in one SQL statement
    /// (two for an empty page past the first, where no row can carry the total).
    /// </summary>
    public static async Task<Page<T>> ToPageAsync<T>(this IQueryable<T> query, PageRequest request, CancellationToken cancellationToken)
    {
        var rows = await query
            .Skip(request.Skip)
            .Take(request.Limit)
            .Select(item => new { Item = item, Total = query.Count() })
            .ToListAsync(cancellationToken);
        var total = rows.Count > 0 ? rows[0].Total
            : request.Number == 1 ? 0
            : await query.CountAsync(cancellationToken);
        return new Page<T>(rows.ConvertAll(row => row.Item), total, request);
    }

    public static Page<TResult> Map<T, TResult>(this Page<T> page, Func<T, TResult> map) =>
        new([.. page.Items.Select(map)], page.Total, page.Request);
}
