using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Idempotency;
using StackAgent.Application.Common.Persistence;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Sessions;

namespace StackAgent.Infrastructure.Idempotency;

/// <summary>Deletes keys that are a day old, a few at a time. Every server does it; deleting what another one has just deleted is no work.</summary>
internal sealed class IdempotencyCleaner(
    IdempotencyOptions options, IServiceScopeFactory scopes, TimeProvider time, ILogger<IdempotencyCleaner> logger)
    : ResilientBackgroundService(time, logger)
{
    private const int BatchSize = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time = time;

    /// <summary>Deletes all that is too old.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        var cutoff = _time.Now() - options.Lifetime;
        await _time.RepeatAsync(() => db.InTransactionAsync(token => DeleteAsync(db, cutoff, token), cancellationToken), cancellationToken);
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

    private static async Task<bool> DeleteAsync(IApplicationDbContext db, DateTimeOffset cutoff, CancellationToken cancellationToken)
    {
        var old = db.IdempotencyRecords.Where(record => record.CreatedAt <= cutoff);
        var batch = await old.OrderBy(record => record.CreatedAt).Select(record => record.CreatedAt).Take(BatchSize).ToListAsync(cancellationToken);
        if (batch.Count == 0)
            return false;

        var last = batch[^1];
        await old.Where(record => record.CreatedAt <= last).ExecuteDeleteAsync(cancellationToken);
        return batch.Count == BatchSize;
    }
}
