using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>Composes what a page of events becomes, inside the transaction that holds the cursor.</summary>
internal sealed class FanOutPage(IApplicationDbContext db, FanOutRows rows, DateTimeOffset now)
{
    private readonly FailureFolding _folding = new(db, rows, now);
    private readonly Dictionary<long, Notification> _notifications = [];

    /// <summary>Adds the rows, and changes those that wait. The caller writes them.</summary>
    /// <param name="wanted">Who is to be told of what, in the order of the events.</param>
    /// <param name="hasMutes">Whether anything is muted at all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ComposeAsync(
        IReadOnlyList<(NotificationEndpoint Endpoint, EventFacts Facts)> wanted, bool hasMutes, CancellationToken cancellationToken)
    {
        var mutes = hasMutes ? await ReadMutesAsync(wanted, cancellationToken) : [];
        var folded = wanted.Where(item => item.Endpoint.Kind == EndpointKind.User).ToList();
        if (folded.Count > 0)
            await _folding.LoadAsync(folded, cancellationToken);
        foreach (var (endpoint, facts) in wanted)
            Add(endpoint, facts, IsMuted(endpoint, facts, mutes));
    }

    private void Add(NotificationEndpoint endpoint, EventFacts facts, bool isMuted)
    {
        if (isMuted)
        {
            rows.Add(Compose.Muted(endpoint, facts, NotificationOf(facts), now));
            return;
        }

        // Settings' endpoints get each change of a session on its own, as kubeagents' clients know it.
        if (endpoint.Kind != EndpointKind.User)
        {
            rows.Add(Compose.Delivery(endpoint, facts, NotificationOf(facts), now, dueAt: now, foldUntil: null, afterId: null));
            return;
        }

        if (_folding.TryFold(endpoint, facts))
            return;

        DateTimeOffset? foldUntil = facts.Fingerprint is null ? null : facts.Event.At + FailureFolding.Window;
        var delivery = Compose.Delivery(
            endpoint, facts, NotificationOf(facts), now, dueAt: now, foldUntil, afterId: _folding.TakeWaiting(endpoint, facts));
        rows.Add(delivery);
        _folding.Note(delivery);
    }

    /// <summary>One for all endpoints that are told of the event on its own.</summary>
    private Notification NotificationOf(EventFacts facts)
    {
        if (_notifications.TryGetValue(facts.Event.Id, out var known))
            return known;

        var notification = Compose.Notification(facts);
        rows.Add(notification);
        return _notifications[facts.Event.Id] = notification;
    }

    private async Task<Dictionary<(Guid OwnerId, Guid SubjectId), DateTimeOffset>> ReadMutesAsync(
        IReadOnlyList<(NotificationEndpoint Endpoint, EventFacts Facts)> wanted, CancellationToken cancellationToken)
    {
        var owners = wanted.Select(item => item.Facts.Event.OwnerId).Distinct().ToList();
        var oldest = wanted.Min(item => item.Facts.Event.At);
        return await db.NotificationMutes
            .AsNoTracking()
            .Where(mute => owners.Contains(mute.OwnerId) && mute.Until > oldest)
            .ToDictionaryAsync(mute => (mute.OwnerId, mute.SubjectId), mute => mute.Until, cancellationToken);
    }

    /// <summary>A user mutes what the user is told; the server's own endpoint is somebody else's.</summary>
    private static bool IsMuted(
        NotificationEndpoint endpoint, EventFacts facts, Dictionary<(Guid OwnerId, Guid SubjectId), DateTimeOffset> mutes)
    {
        var record = facts.Event;
        return endpoint.Kind != EndpointKind.Server && (Covers(record.AgentId) || Covers(record.StackId));

        bool Covers(Guid? subject) => subject is { } id && mutes.TryGetValue((record.OwnerId, id), out var until) && record.At < until;
    }
}
