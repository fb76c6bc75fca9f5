using Microsoft.EntityFrameworkCore;

namespace StackAgent.Application.Common.Paging;

public static class PagingExtensions
{
    /// <summary>
    /// The asked part of <paramref name="query"/>, which must have a stable order, with the total of all parts, in one SQL statement
    /// (two for an empty page past the first, where no row can carry the total).
    /// </summary>
    /// <param name="query">What is shown.</param>
    /// <param name="counted">
    /// What the total counts: as many rows as <paramref name="query"/> has, from before it joined what it only shows. The database doesn't
    /// know that such joins lose no row and would make each of them for every row of every page.
    /// </param>
    /// <param name="request">Which part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Page<T>> ToPageAsync<T, TCounted>(
        this IQueryable<T> query, IQueryable<TCounted> counted, PageRequest request, CancellationToken cancellationToken)
    {
        var rows = await query
            .Skip(request.Skip)
            .Take(request.Limit)
            .Select(item => new { Item = item, Total = counted.Count() })
            .ToListAsync(cancellationToken);
        var total = rows.Count > 0 ? rows[0].Total
            : request.Number == 1 ? 0
            : await counted.CountAsync(cancellationToken);
        return new Page<T>(rows.ConvertAll(row => row.Item), total, request);
    }

    public static Page<TResult> Map<T, TResult>(this Page<T> page, Func<T, TResult> map) =>
        new([.. page.Items.Select(map)], page.Total, page.Request);
}
