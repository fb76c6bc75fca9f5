using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Events;

/// <summary>
/// Deletes events that are no longer kept: a few at a time, from the lowest id on, so that neither the table is searched nor anybody held
/// up. Every server does it; deleting what another one has just deleted is no work.
/// </summary>
internal sealed class EventRetention(
    EventStreamOptions options, IServiceScopeFactory scopes, TimeProvider time, ILogger<EventRetention> logger)
    : ResilientBackgroundService(time, logger)
{
    private const int BatchSize = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time = time;

    /// <summary>Deletes all that is old, but for the newest event: it tells how far the log has come.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        var old = _time.Now() - options.Retention;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        while (true)
        {
            // What hasn't become notifications yet stays, however old it is.
            var dealtWith = await db.NotificationCursors.Select(cursor => cursor.EventId).SingleAsync(cancellationToken);
            var newest = await db.Events.OrderByDescending(record => record.Id).Select(record => record.Id).FirstOrDefaultAsync(cancellationToken);
            var first = await db.Events
                .OrderBy(record => record.Id)
                .Select(record => new { record.Id, record.At })
                .Take(BatchSize)
                .ToListAsync(cancellationToken);

            // Servers' clocks differ a little, so the moments don't quite follow the ids: the first young one ends the batch.
            var last = first.TakeWhile(record => record.At < old && record.Id < newest && record.Id <= dealtWith).Select(record => record.Id).LastOrDefault();
            if (last == 0)
                return;

            await db.InTransactionAsync(
                token => db.Events.Where(record => record.Id <= last).ExecuteDeleteAsync(token), cancellationToken);
        }
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await CleanAsync(cancellationToken);
            Progress();
        }
    }
}
