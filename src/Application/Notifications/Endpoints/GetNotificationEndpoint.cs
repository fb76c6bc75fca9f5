using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>One of the caller's endpoints.</summary>
public sealed record GetNotificationEndpoint(Guid Id) : IRequest<NotificationEndpointDetails>;

internal sealed class GetNotificationEndpointHandler(IApplicationDbContext db, ICurrentUser user)
    : IRequestHandler<GetNotificationEndpoint, NotificationEndpointDetails>
{
    public async Task<NotificationEndpointDetails> Handle(GetNotificationEndpoint request, CancellationToken cancellationToken) => await db.NotificationEndpoints
        .AsNoTracking()
        .MadeBy(user.Id)
        .Where(endpoint => endpoint.Id == request.Id)
        .Select(NotificationEndpointDetails.Projection)
        .SingleOrDefaultAsync(cancellationToken) ?? throw OwnEndpoints.NotFound();
}
