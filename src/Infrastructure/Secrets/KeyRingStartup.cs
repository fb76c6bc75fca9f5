using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>
/// Loads the keys before anything is served, and makes the first one for this <c>SECRET_KEY</c>, one server at a time: so all servers have
/// it before any of them uses it. It is for good: when <c>SECRET_KEY</c> changes, only its lock does (<see cref="KeyRotation"/>).
/// </summary>
internal sealed class KeyRingStartup(
    IServiceScopeFactory scopes, KeyRing ring, KeyRotation rotation, IKeyManager keys, TimeProvider time, ILogger<KeyRingStartup> logger) : IHostedService
{
    private const int Years = 100;

    /// <summary>A server whose clock is behind shall find the key in force.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        var rows = await ReadAsync(db, cancellationToken);
        ring.Load(rows);
        if (ring.IsEmpty || rotation.FindMissing(rows).Count > 0 || rotation.FindObsolete(rows).Count > 0)
            await db.InTransactionAsync(token => ChangeAsync(db, token), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<int> ChangeAsync(ApplicationDbContext db, CancellationToken cancellationToken)
    {
        // SQLite's transactions take the one write lock when they begin.
        if (db.Database.IsNpgsql())
            await db.Database.ExecuteSqlRawAsync("LOCK TABLE data_protection_keys IN SHARE ROW EXCLUSIVE MODE", cancellationToken);

        var rows = await ReadAsync(db, cancellationToken);
        var (missing, obsolete) = (rotation.FindMissing(rows), rotation.FindObsolete(rows));
        ring.Load([.. rows, .. missing]);
        if (ring.IsEmpty)
        {
            if (rows.Count > 0)
            {
                logger.LogWarning(
                    "None of the keys of stored secrets opens with this SECRET_KEY; another one is made. What was stored before can be read again once that SECRET_KEY is back, or in SECRET_KEY_PREVIOUS");
            }

            var now = time.GetUtcNow();
            keys.CreateNewKey(now - ClockSkew, now.AddYears(Years));
        }

        db.AddRange(missing);
        db.AddRange(ring.TakeUnsaved());
        db.RemoveRange(obsolete);
        var changed = await db.SaveChangesAsync(cancellationToken);
        if (missing.Count > 0)
            logger.LogInformation("The keys of stored secrets are locked with the present SECRET_KEY from now on, beside the previous one: {Count}", missing.Count);
        if (obsolete.Count > 0)
            logger.LogInformation("What a former SECRET_KEY locked of the keys of stored secrets was removed: {Count}", obsolete.Count);
        return changed;
    }

    private static Task<List<DataProtectionKeyRow>> ReadAsync(ApplicationDbContext db, CancellationToken cancellationToken) =>
        db.Set<DataProtectionKeyRow>().AsNoTracking().OrderBy(row => row.Id).ToListAsync(cancellationToken);
}
