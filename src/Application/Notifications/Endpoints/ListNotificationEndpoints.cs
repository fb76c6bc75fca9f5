using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>The caller's endpoints, oldest first. There are so few that there are no pages.</summary>
public sealed record ListNotificationEndpoints : IRequest<NotificationEndpoints>;

/// <summary>All of a user's notification endpoints.</summary>
/// <param name="Items">Oldest first.</param>
public sealed record NotificationEndpoints(IReadOnlyList<NotificationEndpointDetails> Items);

internal sealed class ListNotificationEndpointsHandler(IApplicationDbContext db, ICurrentUser user)
    : IRequestHandler<ListNotificationEndpoints, NotificationEndpoints>
{
    public async Task<NotificationEndpoints> Handle(ListNotificationEndpoints request, CancellationToken cancellationToken) => new(await db.NotificationEndpoints
        .AsNoTracking()
        .MadeBy(user.Id)
        .OrderBy(endpoint => endpoint.CreatedAt).ThenBy(endpoint => endpoint.Id)
        .Select(NotificationEndpointDetails.Projection)
        .ToListAsync(cancellationToken));
}
