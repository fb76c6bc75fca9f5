using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>
/// Keeps an agent that fails the same way again and again from flooding an endpoint. The first failure goes at once; those alike within
/// <see cref="Window"/> wait for its end in one notification that counts them (<c>data.repeated</c>), and so on for as long as it lasts.
/// Whatever else is told of a session takes a waiting summary that speaks of it along, so that its order is kept.
/// Works inside the fan-out's transaction, on rows that no worker has in hand.
/// </summary>
internal sealed class FailureFolding(IApplicationDbContext db, FanOutRows rows, DateTimeOffset now)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly Dictionary<(Guid EndpointId, string Fingerprint), Told> _latest = [];
    private readonly Dictionary<(Guid EndpointId, Guid AgentId), List<Told>> _waiting = [];

    /// <summary>Reads what earlier passes have told these endpoints of these failures and agents, and locks what still waits.</summary>
    public async Task LoadAsync(IReadOnlyCollection<(NotificationEndpoint Endpoint, EventFacts Facts)> wanted, CancellationToken cancellationToken)
    {
        var endpoints = wanted.Select(item => item.Endpoint.Id).Distinct().ToList();
        var fingerprints = wanted.Select(item => item.Facts.Fingerprint).OfType<string>().Distinct().ToList();
        var agents = wanted.Select(item => item.Facts.Event.AgentId).OfType<Guid>().Distinct().ToList();
        if (fingerprints.Count > 0)
        {
            var oldest = wanted.Min(item => item.Facts.Event.At);
            var told = await db.NotificationDeliveries
                .AsNoTracking()
                .Where(delivery => endpoints.Contains(delivery.EndpointId)
                    && fingerprints.Contains(delivery.Fingerprint!)
                    && delivery.FoldUntil > oldest)
                .OrderBy(delivery => delivery.Sequence)
                .ToListAsync(cancellationToken);
            foreach (var delivery in told)
                Note(delivery);
        }

        var waiting =
            from delivery in db.NotificationDeliveries.AsNoTracking()
            where endpoints.Contains(delivery.EndpointId)
                && delivery.State == DeliveryState.Pending
                && delivery.Fingerprint != null
                && delivery.Attempts == 0
                && delivery.ClaimedUntil == null
                && delivery.NextAttemptAt > now
            join notification in db.Notifications on delivery.NotificationId equals notification.Id
            where notification.IsSummary && notification.AgentId != null && agents.Contains(notification.AgentId.Value)
            orderby delivery.Id // As everybody locks them.
            select new Told(delivery, notification);
        foreach (var told in (await waiting.ForUpdate().ToListAsync(cancellationToken)).OrderBy(told => told.Delivery.Sequence))
            Keep(told);
    }

    /// <summary>Makes the failure a part of a notification that waits, or the first of one. False when it is to go at once: then tell <see cref="Note"/>.</summary>
    public bool TryFold(NotificationEndpoint endpoint, EventFacts facts)
    {
        if (facts.Fingerprint is not { } fingerprint
            || !_latest.TryGetValue((endpoint.Id, fingerprint), out var latest)
            || latest.Delivery.FoldUntil is not { } end
            || facts.Event.At >= end)
        {
            return false;
        }

        if (latest.IsOpen(now))
        {
            latest.Notification!.Data = RepeatedFailures.Add(latest.Notification.Data, facts.Event);
            rows.Change(latest.Delivery, latest.Notification);
            return true;
        }

        var notification = Compose.Summary(facts);
        var summary = Compose.Delivery(endpoint, facts, notification, now, dueAt: end, foldUntil: end + Window, afterId: null);
        rows.Add(notification);
        rows.Add(summary);
        Keep(new Told(summary, notification));
        return true;
    }

    /// <summary>A delivery that goes at once. A failure opens a window.</summary>
    public void Note(NotificationDelivery delivery)
    {
        if (delivery.Fingerprint is { } fingerprint)
            _latest[(delivery.EndpointId, fingerprint)] = new Told(delivery, Notification: null);
    }

    /// <summary>
    /// Sends at once what waits and has to come before the event. Returns the delivery that has to be over before the event's own; null when
    /// there is none.
    /// </summary>
    public Guid? TakeWaiting(NotificationEndpoint endpoint, EventFacts facts)
    {
        if (facts.Event.AgentId is not { } agentId || !_waiting.TryGetValue((endpoint.Id, agentId), out var waiting))
            return null;

        Guid? last = null;
        foreach (var summary in waiting.Where(told => told.ComesBefore(facts)).ToList())
        {
            summary.Delivery.NextAttemptAt = now;
            rows.Change(summary.Delivery, summary.Notification!);
            waiting.Remove(summary);
            last = summary.Delivery.Id;
        }

        return last;
    }

    private void Keep(Told told)
    {
        _latest[(told.Delivery.EndpointId, told.Delivery.Fingerprint!)] = told;
        if (told.Notification!.AgentId is not { } agentId)
            return;

        var key = (told.Delivery.EndpointId, agentId);
        if (_waiting.TryGetValue(key, out var others))
            others.Add(told);
        else
            _waiting.Add(key, [told]);
    }

    private sealed record Told(NotificationDelivery Delivery, Notification? Notification)
    {
        /// <summary>Whether it still waits and can be added to.</summary>
        public bool IsOpen(DateTimeOffset now) => Notification is not null && Delivery.NextAttemptAt > now;

        public bool ComesBefore(EventFacts facts) =>
            Delivery.OrderKey == facts.OrderKey
            || (facts.Event.SessionId is { } session && RepeatedFailures.MayInclude(Notification!.Data, session));
    }
}
