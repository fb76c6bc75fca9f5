using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications;

/// <summary>Keeps the endpoints that settings stand for in step with them. Works inside a transaction; the caller saves.</summary>
public static class SettingEndpoints
{
    /// <summary>
    /// A user's <c>notification_webhook_url</c> was set, or cleared when <paramref name="url"/> is null. Returns the endpoint that goes, for
    /// its deliveries to be cancelled once that is committed; null when none does.
    /// </summary>
    public static async Task<Guid?> FollowAccountAsync(
        this IApplicationDbContext db, Guid ownerId, string? url, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var endpoint = await db.NotificationEndpoints
            .Where(candidate => candidate.OwnerId == ownerId && candidate.Kind == EndpointKind.Account)
            .ForUpdate()
            .SingleOrDefaultAsync(cancellationToken);
        return Follow(db, endpoint, url, now, address => NotificationEndpoint.ForAccount(ownerId, address, now));
    }

    /// <summary>The same for the server's own setting.</summary>
    public static async Task<Guid?> FollowServerAsync(
        this IApplicationDbContext db, string? url, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var endpoint = await db.NotificationEndpoints
            .Where(candidate => candidate.Kind == EndpointKind.Server)
            .ForUpdate()
            .SingleOrDefaultAsync(cancellationToken);
        return Follow(db, endpoint, url, now, address => NotificationEndpoint.ForServer(address, now));
    }

    private static Guid? Follow(
        IApplicationDbContext db, NotificationEndpoint? endpoint, string? url, DateTimeOffset now, Func<string, NotificationEndpoint> make)
    {
        switch (endpoint, url)
        {
            case (null, { } first):
                db.NotificationEndpoints.Add(make(first));
                return null;
            case ({ } known, { } next):
                known.Follow(next, now);
                return null;
            case ({ } known, null):
                db.NotificationEndpoints.Remove(known);
                return known.Id;
            default:
                return null;
        }
    }
}
