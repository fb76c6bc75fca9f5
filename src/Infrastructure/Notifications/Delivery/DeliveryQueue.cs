using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>
/// What of the deliveries may go. That is the head of each line (an endpoint's deliveries with one order key) when it is due and the delivery
/// that it has to come after is over. What waits behind a head that is to be tried again later is put off until then, so that nobody who
/// looks for work finds it again and again.
/// </summary>
internal sealed class DeliveryQueue(ApplicationDbContext db)
{
    /// <summary>Due deliveries of an endpoint that are looked at together.</summary>
    public const int Window = 64;

    /// <summary>Deliveries put off in one transaction.</summary>
    private const int MaxParked = 1000;

    private static readonly TimeSpan ShortPause = TimeSpan.FromSeconds(1);

    private bool IsSqlite => db.Database.IsSqlite();

    /// <summary>Endpoints that have something pending.</summary>
    public Task<List<PendingEndpoint>> FindEndpointsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var pending =
            from first in db.NotificationDeliveries.FromSqlRaw(IsSqlite ? DeliverySql.FirstsOnSqlite : DeliverySql.FirstsOnPostgreSql)
            join known in db.NotificationEndpoints
                on new { Id = first.EndpointId, IsDue = first.NextAttemptAt <= now } equals new { known.Id, IsDue = true } into dueOnes
            from endpoint in dueOnes.DefaultIfEmpty()
            select new PendingEndpoint(first.EndpointId, first.NextAttemptAt ?? DateTimeOffset.MaxValue, endpoint);
        return pending.AsNoTracking().ToListAsync(cancellationToken);
    }

    /// <summary>Claims what may go now. Needs an open connection.</summary>
    /// <param name="slots">Endpoints, and how many deliveries to claim for each at most.</param>
    /// <param name="busy">Lines of which this server has a delivery in its hands.</param>
    /// <param name="now">What is due.</param>
    /// <param name="until">The claim's end.</param>
    /// <param name="cancellationToken">Gives up; what is claimed by then is free at the claim's end.</param>
    public async Task<ClaimedRows> ClaimAsync(
        IReadOnlyDictionary<Guid, int> slots,
        IReadOnlyCollection<DeliveryLine> busy,
        DateTimeOffset now,
        DateTimeOffset until,
        CancellationToken cancellationToken)
    {
        if (!IsSqlite)
            return await ClaimOnPostgreSqlAsync(slots, busy, now, until, cancellationToken);

        var choice = await ChooseAsync(slots, busy, now, cancellationToken);
        var hasMore = await ParkAsync(choice, now, cancellationToken);
        var claimed = choice.Ids.Count == 0 ? [] : await ClaimOnSqliteAsync(choice.Ids, now, until, cancellationToken);
        return new ClaimedRows(await LoadAsync(claimed, cancellationToken), hasMore);
    }

    /// <summary>Mostly nothing is in the way. What is in the way is looked at on its own, and put off.</summary>
    private async Task<ClaimedRows> ClaimOnPostgreSqlAsync(
        IReadOnlyDictionary<Guid, int> slots,
        IReadOnlyCollection<DeliveryLine> busy,
        DateTimeOffset now,
        DateTimeOffset until,
        CancellationToken cancellationToken)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var (rows, areBlocked) = await PostgreSqlClaim.ExecuteAsync(connection, [.. slots], [.. busy], now, until, cancellationToken);
        await LoadSummariesAsync(rows, cancellationToken);
        if (!areBlocked)
            return new ClaimedRows(rows, HasMore: false);

        var choice = await ChooseAsync(slots, [.. busy, .. rows.Select(row => row.Line)], now, cancellationToken);
        return new ClaimedRows(rows, HasMore: await ParkAsync(choice, now, cancellationToken));
    }

    private async Task<Choice> ChooseAsync(
        IReadOnlyDictionary<Guid, int> slots, IReadOnlyCollection<DeliveryLine> busy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var heads = await FindHeadsAsync([.. slots.Keys], busy, now, cancellationToken);
        var choice = Choose(heads, await FindPredecessorsAsync(heads, cancellationToken), slots, now);
        await AddCrowdsAsync(choice, now, cancellationToken);
        return choice;
    }

    private async Task<List<NotificationDelivery>> FindHeadsAsync(
        Guid[] endpoints, IReadOnlyCollection<DeliveryLine> busy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!IsSqlite)
        {
            var (busyEndpoints, busyKeys) = (busy.Select(line => line.EndpointId).ToArray(), busy.Select(line => line.OrderKey).ToArray());
            return await ReadAsync(DeliverySql.HeadsOnPostgreSql, endpoints, now, busyEndpoints, busyKeys, Window);
        }

        var heads = new List<NotificationDelivery>();
        foreach (var endpoint in endpoints)
        {
            var busyKeys = Json(busy.Where(line => line.EndpointId == endpoint).Select(line => line.OrderKey));
            heads.AddRange(await ReadAsync(DeliverySql.HeadsOnSqlite, endpoint, Moment(now), busyKeys, Window));
        }

        return heads;

        Task<List<NotificationDelivery>> ReadAsync(string sql, params object[] values) =>
            db.NotificationDeliveries.FromSqlRaw(sql, values).AsNoTracking().ToListAsync(cancellationToken);
    }

    /// <summary>Those that heads have to come after and that aren't over.</summary>
    private async Task<Dictionary<Guid, NotificationDelivery>> FindPredecessorsAsync(
        List<NotificationDelivery> heads, CancellationToken cancellationToken)
    {
        var ids = heads.Select(head => head.AfterId).OfType<Guid>().Distinct().ToList();
        return ids.Count == 0
            ? []
            : await db.NotificationDeliveries
                .AsNoTracking()
                .Where(delivery => ids.Contains(delivery.Id) && delivery.State == DeliveryState.Pending)
                .ToDictionaryAsync(delivery => delivery.Id, cancellationToken);
    }

    private static Choice Choose(
        List<NotificationDelivery> heads,
        Dictionary<Guid, NotificationDelivery> predecessors,
        IReadOnlyDictionary<Guid, int> slots,
        DateTimeOffset now)
    {
        var choice = new Choice([], [], []);
        foreach (var endpoint in heads.GroupBy(head => head.EndpointId))
        {
            var free = slots[endpoint.Key];
            foreach (var head in endpoint.OrderBy(head => head.NextAttemptAt).ThenBy(head => head.Sequence))
            {
                var line = new DeliveryLine(head.EndpointId, head.OrderKey);
                var obstacle = head.AfterId is { } id && predecessors.TryGetValue(id, out var predecessor) ? predecessor
                    : head.NextAttemptAt > now ? head
                    : null;
                if (obstacle is null)
                {
                    if (free-- > 0)
                        choice.Ids.Add(head.Id);
                }
                else if (obstacle.ClaimedUntil is null && obstacle.NextAttemptAt is { } next && next > now)
                {
                    choice.Parked.Add((line, next));
                }
                else
                {
                    choice.Held.Add(line);
                }
            }
        }

        return choice;
    }

    /// <summary>
    /// Lines whose head another server has in its hands go on as soon as that one is done, so nothing of them is put off. Only where they are
    /// all that is seen of an endpoint they are for a moment: there may be others behind them.
    /// </summary>
    private async Task AddCrowdsAsync(Choice choice, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var idle = choice.Held.ToLookup(line => line.EndpointId);
        var taken = choice.Parked.Select(parked => parked.Line.EndpointId).ToHashSet();
        foreach (var endpoint in idle.Where(lines => !taken.Contains(lines.Key)))
        {
            var due = await db.NotificationDeliveries
                .Where(delivery => delivery.EndpointId == endpoint.Key && delivery.State == DeliveryState.Pending && delivery.NextAttemptAt <= now)
                .Take(Window)
                .CountAsync(cancellationToken);
            if (due == Window)
                choice.Parked.AddRange(endpoint.Select(line => (line, now + ShortPause)));
        }
    }

    /// <summary>Returns whether there was anything to put off.</summary>
    private async Task<bool> ParkAsync(Choice choice, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (choice.Parked.Count == 0)
            return false;

        await db.InTransactionAsync(token => IsSqlite ? ParkOnSqliteAsync(choice.Parked, now, token) : ParkOnPostgreSqlAsync(choice.Parked, now, token), cancellationToken);
        return true;
    }

    private Task<int> ParkOnPostgreSqlAsync(
        List<(DeliveryLine Line, DateTimeOffset Until)> lines, DateTimeOffset now, CancellationToken cancellationToken) => db.Database.ExecuteSqlRawAsync(
            DeliverySql.ParkOnPostgreSql,
            [
                lines.ConvertAll(parked => parked.Line.EndpointId).ToArray(),
                lines.ConvertAll(parked => parked.Line.OrderKey).ToArray(),
                lines.ConvertAll(parked => parked.Until).ToArray(),
                now,
                MaxParked,
            ],
            cancellationToken);

    private async Task<int> ParkOnSqliteAsync(
        List<(DeliveryLine Line, DateTimeOffset Until)> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var parked = 0;
        foreach (var (line, until) in lines)
        {
            parked += await db.Database.ExecuteSqlRawAsync(
                DeliverySql.ParkOnSqlite, [line.EndpointId, line.OrderKey, Moment(until), Moment(now), MaxParked], cancellationToken);
        }

        return parked;
    }

    private Task<List<Guid>> ClaimOnSqliteAsync(List<Guid> ids, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        db.InTransactionAsync(
            token => db.Database.SqlQueryRaw<Guid>(DeliverySql.ClaimOnSqlite, Json(ids), Moment(until), Moment(now)).ToListAsync(token), cancellationToken);

    /// <summary>After the claim: until then the fan-out may still add to what a notification says.</summary>
    private async Task<List<ClaimedRow>> LoadAsync(List<Guid> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return [];

        var rows =
            from delivery in db.NotificationDeliveries.AsNoTracking()
            where ids.Contains(delivery.Id)
            join notification in db.Notifications on delivery.NotificationId equals notification.Id into notifications
            from notification in notifications.DefaultIfEmpty()
            select new ClaimedRow(
                delivery.Id,
                delivery.OwnerId,
                new DeliveryLine(delivery.EndpointId, delivery.OrderKey),
                delivery.EndpointUrl,
                delivery.Attempts,
                notification);
        return await rows.ToListAsync(cancellationToken);
    }

    private async Task LoadSummariesAsync(List<ClaimedRow> rows, CancellationToken cancellationToken)
    {
        var ids = rows.Where(row => row.Notification is { IsSummary: true }).Select(row => row.Notification!.Id).Distinct().ToList();
        if (ids.Count == 0)
            return;

        var data = await db.Notifications
            .AsNoTracking()
            .Where(notification => ids.Contains(notification.Id))
            .ToDictionaryAsync(notification => notification.Id, notification => notification.Data, cancellationToken);
        foreach (var notification in rows.Select(row => row.Notification).OfType<Notification>().Where(notification => notification.IsSummary))
            notification.Data = data.GetValueOrDefault(notification.Id, "{}");
    }

    private static object Moment(DateTimeOffset moment) => SqliteMoments.ToMicroseconds(moment);

    /// <summary>Ids as SQLite holds them.</summary>
    private static string Json(IEnumerable<Guid> ids) => JsonSerializer.Serialize(ids.Select(id => id.ToString().ToUpperInvariant()));

    /// <summary>What to do with the heads that were found.</summary>
    /// <param name="Ids">To claim.</param>
    /// <param name="Parked">Nothing of these lines may go before that moment.</param>
    /// <param name="Held">What is in front of these is in somebody's hands.</param>
    private sealed record Choice(List<Guid> Ids, List<(DeliveryLine Line, DateTimeOffset Until)> Parked, List<DeliveryLine> Held);
}

/// <summary>What was claimed.</summary>
/// <param name="Rows">Deliveries in this server's hands.</param>
/// <param name="HasMore">Whether it is worth looking again at once.</param>
internal sealed record ClaimedRows(List<ClaimedRow> Rows, bool HasMore);

/// <summary>An endpoint that has something pending.</summary>
/// <param name="Id">Of the endpoint.</param>
/// <param name="DueAt">When the first of it is due.</param>
/// <param name="Endpoint">Null when nothing is due yet, or the endpoint is gone.</param>
internal sealed record PendingEndpoint(Guid Id, DateTimeOffset DueAt, NotificationEndpoint? Endpoint);
