using Microsoft.EntityFrameworkCore;

namespace StackAgent.Application.Common.Persistence;

public static class QueryExtensions
{
    /// <summary>The tag that the persistence layer turns into a row lock.</summary>
    public const string ForUpdateTag = "stackagent:for-update";

    /// <summary>
    /// Locks the rows that the query returns until the transaction ends, so that a verb decides on a state nobody else is changing.
    /// PostgreSQL: <c>FOR UPDATE</c>. SQLite needs nothing: its transactions hold the only write lock from their start.
    /// </summary>
    public static IQueryable<T> ForUpdate<T>(this IQueryable<T> query) => query.TagWith(ForUpdateTag);

    /// <summary>A LIKE pattern for "contains <paramref name="search"/>", in which <c>%</c>, <c>_</c> and <c>\</c> are literal. Use with escape character <c>\</c>, on lower-cased text.</summary>
    public static string ContainsPattern(string search)
    {
        var escaped = search.ToLowerInvariant()
            .Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("%", @"\%", StringComparison.Ordinal)
            .Replace("_", @"\_", StringComparison.Ordinal);
        return $"%{escaped}%";
    }
}
