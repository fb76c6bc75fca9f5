using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Idempotency;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.Idempotency;

/// <summary>Keys as rows. Each call has a database context of its own, so that it neither waits for the use case's nor disturbs it.</summary>
internal sealed class IdempotencyStore(IServiceScopeFactory scopes, IdempotencyOptions options, TimeProvider time) : IIdempotencyStore
{
    private const int MaxTries = 3;

    /// <summary>What goes at once when there are too many keys: one part of so many.</summary>
    private const int EvictedPart = 10;

    public async Task<IdempotencyClaim> ClaimAsync(Guid ownerId, string key, string target, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await WriteAsync((db, token) => ClaimAsync(db, ownerId, key, target, token), cancellationToken);
            }
            catch (ConflictException) when (tries < MaxTries)
            {
                // Another request took the key between the look and the insertion. The next look finds it.
            }
        }
    }

    public async Task<bool> ExtendAsync(IdempotencyLock held, CancellationToken cancellationToken)
    {
        held.Attempt(time.Now() + options.Lock);
        var until = held.Attempted;
        var extended = await WriteAsync(
            (db, token) => Held(db, held).ExecuteUpdateAsync(set => set.SetProperty(record => record.LockedUntil, until), token), cancellationToken) > 0;
        if (extended)
            held.Confirm();
        return extended;
    }

    public async Task<bool> CompleteAsync(
        IdempotencyLock held, string? fingerprint, int statusCode, string protectedAnswer, CancellationToken cancellationToken) =>
        await WriteAsync(
            (db, token) => Held(db, held).ExecuteUpdateAsync(
                set => set
                    .SetProperty(record => record.Fingerprint, fingerprint)
                    .SetProperty(record => record.StatusCode, (int?)statusCode)
                    .SetProperty(record => record.ProtectedAnswer, protectedAnswer),
                token),
            cancellationToken) > 0;

    public Task ReleaseAsync(IdempotencyLock held, CancellationToken cancellationToken) =>
        WriteAsync((db, token) => Held(db, held).ExecuteDeleteAsync(token), cancellationToken);

    private static IQueryable<IdempotencyRecord> Held(IApplicationDbContext db, IdempotencyLock held)
    {
        var (until, attempted) = (held.Until, held.Attempted);
        return db.IdempotencyRecords.Where(record =>
            record.OwnerId == held.OwnerId && record.Key == held.Key && record.StatusCode == null
            && (record.LockedUntil == until || record.LockedUntil == attempted));
    }

    private async Task<IdempotencyClaim> ClaimAsync(
        IApplicationDbContext db, Guid ownerId, string key, string target, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var held = new IdempotencyLock(ownerId, key, now + options.Lock);
        var known = await db.IdempotencyRecords
            .AsNoTracking()
            .Where(record => record.OwnerId == ownerId && record.Key == key)
            .ForUpdate()
            .SingleOrDefaultAsync(cancellationToken);
        if (known is not null && !IsFree(known, target, now))
            return new KeyKnown(known);

        // What a dead server or the day before left goes first: a row's beginnings never change.
        if (known is not null)
            await db.IdempotencyRecords.Where(record => record.OwnerId == ownerId && record.Key == key).ExecuteDeleteAsync(cancellationToken);
        if (!await MakeRoomAsync(db, ownerId, now, cancellationToken))
            return new TooManyKeys();

        db.IdempotencyRecords.Add(new IdempotencyRecord { OwnerId = ownerId, Key = key, Target = target, CreatedAt = now, LockedUntil = held.Until });
        await db.SaveChangesAsync(cancellationToken);
        return new KeyTaken(held);
    }

    /// <summary>
    /// A day later a key is a new one. A request that nobody works on any more may be repeated, but not by another request: whoever sends that
    /// has mixed something up.
    /// </summary>
    private bool IsFree(IdempotencyRecord record, string target, DateTimeOffset now)
    {
        var isUnderWay = record.StatusCode is null && record.LockedUntil > now;
        return !isUnderWay && (record.CreatedAt <= now - options.Lifetime || (record.StatusCode is null && record.Target == target));
    }

    /// <summary>False when too much is under way.</summary>
    private async Task<bool> MakeRoomAsync(IApplicationDbContext db, Guid ownerId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var owned = db.IdempotencyRecords.Where(record => record.OwnerId == ownerId);
        var counts = await owned
            .GroupBy(record => record.OwnerId)
            .Select(records => new { All = records.Count(), UnderWay = records.Count(record => record.StatusCode == null && record.LockedUntil > now) })
            .SingleOrDefaultAsync(cancellationToken);
        if (counts is null)
            return true;
        if (counts.UnderWay >= options.MaxUnderWay)
            return false;

        if (counts.All >= options.MaxPerUser)
        {
            var oldest = await owned
                .Where(record => record.StatusCode != null || record.LockedUntil <= now)
                .OrderBy(record => record.CreatedAt)
                .Select(record => record.Key)
                .Take(Math.Max(1, options.MaxPerUser / EvictedPart))
                .ToListAsync(cancellationToken);
            await owned.Where(record => oldest.Contains(record.Key)).ExecuteDeleteAsync(cancellationToken);
        }

        return true;
    }

    private async Task<T> WriteAsync<T>(Func<IApplicationDbContext, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        return await db.InTransactionAsync(token => work(db, token), cancellationToken);
    }
}
