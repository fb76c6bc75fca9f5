using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>
/// Loads the keys before anything is served, and makes the first one for this <c>SECRET_KEY</c>, one server at a time: so all servers have
/// it before any of them uses it. It is for good. Whoever wants new keys changes <c>SECRET_KEY</c>, without which the stored ones are useless.
/// </summary>
internal sealed class KeyRingStartup(IServiceScopeFactory scopes, KeyRing ring, IKeyManager keys, TimeProvider time) : IHostedService
{
    private const int Years = 100;

    /// <summary>A server whose clock is behind shall find the key in force.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        ring.Load(await ReadAsync(db, cancellationToken));
        if (ring.IsEmpty)
            await db.InTransactionAsync(token => AddAsync(db, token), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<int> AddAsync(ApplicationDbContext db, CancellationToken cancellationToken)
    {
        // SQLite's transactions take the one write lock when they begin.
        if (db.Database.IsNpgsql())
            await db.Database.ExecuteSqlRawAsync("LOCK TABLE data_protection_keys IN SHARE ROW EXCLUSIVE MODE", cancellationToken);

        ring.Load(await ReadAsync(db, cancellationToken));
        if (!ring.IsEmpty)
            return 0;

        var now = time.GetUtcNow();
        keys.CreateNewKey(now - ClockSkew, now.AddYears(Years));
        db.AddRange(ring.TakeUnsaved());
        return await db.SaveChangesAsync(cancellationToken);
    }

    private static Task<List<DataProtectionKeyRow>> ReadAsync(ApplicationDbContext db, CancellationToken cancellationToken) =>
        db.Set<DataProtectionKeyRow>().AsNoTracking().OrderBy(row => row.Id).ToListAsync(cancellationToken);
}
