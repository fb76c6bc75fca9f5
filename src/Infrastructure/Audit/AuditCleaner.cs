using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Sessions;

namespace StackAgent.Infrastructure.Audit;

/// <summary>
/// Deletes entries that are no longer kept, a few at a time. Nothing else deletes any, and nothing changes one: the database refuses both (<see cref="AuditHorizon"/>).
/// </summary>
internal sealed class AuditCleaner(AuditOptions options, IServiceScopeFactory scopes, TimeProvider time, ILogger<AuditCleaner> logger)
    : ResilientBackgroundService(time, logger)
{
    private const int BatchSize = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly TimeProvider _time = time;

    /// <summary>Deletes all that is too old.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        if (options.Retention is not { } retention)
            return;

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        var end = TimeIds.FirstAt(_time.Now() - retention);
        await _time.RepeatAsync(() => db.InTransactionAsync(token => DeleteAsync(db, end, token), cancellationToken), cancellationToken);
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await CleanAsync(cancellationToken);
            Progress();
            await Task.Delay(Interval, _time, cancellationToken);
        }
    }

    /// <summary>Ids grow with time, so the oldest are the first of the primary key.</summary>
    private static async Task<bool> DeleteAsync(ApplicationDbContext db, Guid end, CancellationToken cancellationToken)
    {
        var old = await db.AuditEntries
            .Where(entry => entry.Id.CompareTo(end) < 0)
            .OrderBy(entry => entry.Id)
            .Select(entry => entry.Id)
            .Take(BatchSize)
            .ToListAsync(cancellationToken);
        if (old.Count == 0)
            return false;

        await db.Set<AuditHorizon>().ExecuteUpdateAsync(row => row.SetProperty(horizon => horizon.Before, end), cancellationToken);
        await db.AuditEntries.Where(entry => old.Contains(entry.Id)).ExecuteDeleteAsync(cancellationToken);
        return old.Count == BatchSize;
    }
}
