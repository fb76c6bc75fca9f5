using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>
/// Makes deliveries of events. The event log is the outbox: its rows were committed with their causes, and their ids grow in the order of
/// the commits, so a cursor that moves in the transaction that writes the deliveries neither loses an event nor takes it twice. Every server
/// follows the log; the lock on the cursor decides which of them deals with a page.
/// </summary>
internal sealed class NotificationFanOut(
    EventSignal signal, DeliverySignal deliveries, IServiceScopeFactory scopes, TimeProvider time, ILogger<NotificationFanOut> logger)
    : ResilientBackgroundService(time, logger, MaxBackoff)
{
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(2);

    private const int PageSize = 500;

    /// <summary>Other servers' events count too, and so do endpoints that are new.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between two passes. After a silence an event is dealt with at once; under load the events of so long are dealt with together, because
    /// a pass and the deliveries that it makes cost far more than another event in it, and reports need the processor and the database too.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(120);

    /// <summary>How far the cursor may lag behind where nobody wants the events: moving it costs a commit.</summary>
    private static readonly TimeSpan CursorLag = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time = time;
    private readonly WakeSignal _news = signal.Follow();

    // Events up to here are dealt with, by this server or another one, or wanted by nobody.
    private long _position = -1;
    private long _cursor = -1;
    private long _cursorMovedAt = time.GetTimestamp();

    /// <summary>Deals with every event that there is now. Returns whether any endpoint is enabled.</summary>
    public async Task<bool> PassAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        await db.Database.OpenConnectionAsync(cancellationToken);

        // Seen together: an endpoint or a mute that is older than an event is never missed.
        var seen = await db.NotificationCursors
            .Select(cursor => new
            {
                Cursor = cursor.EventId,
                Newest = db.Events.OrderByDescending(record => record.Id).Select(record => record.Id).FirstOrDefault(),
                HasEndpoints = db.NotificationEndpoints.Any(endpoint => endpoint.IsEnabled),
                HasMutes = db.NotificationMutes.Any(),
            })
            .SingleAsync(cancellationToken);
        if (_position < 0)
            _position = _cursor = seen.Cursor;
        if (!seen.HasEndpoints)
            _position = Math.Max(_position, seen.Newest);
        while (_position < seen.Newest)
            _position = await DistributePageAsync(db, seen.Newest, seen.HasMutes, cancellationToken);
        await MoveCursorAsync(db, cancellationToken);
        return seen.HasEndpoints;
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var hasEndpoints = await PassAsync(cancellationToken);
            Progress();
            if (!hasEndpoints)
            {
                await Task.Delay(PollInterval, _time, cancellationToken);
                continue;
            }

            await _news.WaitAsync(PollInterval, _time, cancellationToken);
            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    /// <summary>Returns how far it came.</summary>
    private async Task<long> DistributePageAsync(ApplicationDbContext db, long newest, bool hasMutes, CancellationToken cancellationToken)
    {
        var enabled = db.NotificationEndpoints.AsNoTracking().Where(endpoint => endpoint.IsEnabled);
        var page = await db.Events
            .AsNoTracking()
            .Where(record => record.Id > _position && record.Id <= newest
                && (enabled.Select(endpoint => endpoint.OwnerId).Contains(record.OwnerId) || enabled.Any(endpoint => endpoint.OwnerId == null)))
            .OrderBy(record => record.Id)
            .Take(PageSize)
            .ToListAsync(cancellationToken);
        var end = page.Count < PageSize ? newest : page[^1].Id;
        if (page.Count == 0)
            return end;

        var owners = page.Select(record => record.OwnerId).Distinct().ToList();
        var endpoints = await enabled
            .Where(endpoint => endpoint.OwnerId == null || owners.Contains(endpoint.OwnerId.Value))
            .ToListAsync(cancellationToken);
        var wanted = FindWanted(page, endpoints);
        if (wanted.Count == 0)
            return end;

        if (await db.InTransactionAsync(token => WriteAsync(db, wanted, end, hasMutes, token), cancellationToken))
            deliveries.Set();
        return end;
    }

    private static List<(NotificationEndpoint Endpoint, EventFacts Facts)> FindWanted(List<EventRecord> page, List<NotificationEndpoint> endpoints)
    {
        var wanted = new List<(NotificationEndpoint Endpoint, EventFacts Facts)>();
        var byOwner = endpoints.ToLookup(endpoint => endpoint.OwnerId);
        foreach (var record in page)
        {
            EventFacts? facts = null;
            foreach (var endpoint in byOwner[record.OwnerId].Concat(byOwner[null]).Where(endpoint => EventFacts.MayBeFor(endpoint, record)))
            {
                facts ??= EventFacts.Of(record);
                if (facts.IsFor(endpoint))
                    wanted.Add((endpoint, facts));
            }
        }

        return wanted;
    }

    /// <summary>False when another server was faster.</summary>
    private async Task<bool> WriteAsync(
        ApplicationDbContext db,
        List<(NotificationEndpoint Endpoint, EventFacts Facts)> wanted,
        long end,
        bool hasMutes,
        CancellationToken cancellationToken)
    {
        var cursor = await db.NotificationCursors.Select(cursor => cursor.EventId).ForUpdate().SingleAsync(cancellationToken);
        wanted.RemoveAll(item => item.Facts.Event.Id <= cursor);
        var rows = new FanOutRows();
        if (wanted.Count > 0)
            await new FanOutPage(db, rows, _time.Now()).ComposeAsync(wanted, hasMutes, cancellationToken);
        cursor = Math.Max(cursor, end);
        await rows.WriteAsync(db.Database.CurrentTransaction!.GetDbTransaction(), cursor, cancellationToken);
        (_cursor, _cursorMovedAt) = (cursor, _time.GetTimestamp());
        return wanted.Count > 0;
    }

    private async Task MoveCursorAsync(ApplicationDbContext db, CancellationToken cancellationToken)
    {
        if (_position <= _cursor || _time.GetElapsedTime(_cursorMovedAt) < CursorLag)
            return;

        var position = _position;
        await db.InTransactionAsync(
            token => db.NotificationCursors
                .Where(cursor => cursor.EventId < position)
                .ExecuteUpdateAsync(set => set.SetProperty(cursor => cursor.EventId, position), token),
            cancellationToken);
        (_cursor, _cursorMovedAt) = (position, _time.GetTimestamp());
    }
}
