using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Deployment;

internal static class RowChanges
{
    /// <summary>
    /// Changes one row, if it is there. Tried on a copy first: most of what the reconciler finds out is what the row already says, and then
    /// there is no transaction and no lock. A change is what raises an event.
    /// </summary>
    public static async Task ChangeAsync<T>(
        this IApplicationDbContext db, IQueryable<T> one, Action<T> change, CancellationToken cancellationToken)
        where T : AggregateRoot
    {
        if (await one.AsNoTracking().SingleOrDefaultAsync(cancellationToken) is not { } copy)
            return;
        change(copy);
        if (copy.DomainEvents.Count == 0)
            return;

        await db.InTransactionAsync(async token =>
        {
            if (await one.ForUpdate().SingleOrDefaultAsync(token) is { } row)
                change(row);
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
    }

    /// <summary>Deletes one row, if it is there, with the event that says so. Of several servers that do it at once one finds it.</summary>
    public static Task RemoveAsync<T>(
        this IApplicationDbContext db, DbSet<T> rows, Guid id, Action<T> remove, CancellationToken cancellationToken)
        where T : AggregateRoot =>
        db.InTransactionAsync(async token =>
        {
            if (await rows.Where(row => row.Id == id).ForUpdate().SingleOrDefaultAsync(token) is { } row)
            {
                remove(row);
                rows.Remove(row);
            }

            return await db.SaveChangesAsync(token);
        }, cancellationToken);
}
