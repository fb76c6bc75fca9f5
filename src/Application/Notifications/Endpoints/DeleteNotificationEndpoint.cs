using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>Removes one of the caller's endpoints and gives up what was on its way to it. The log of its deliveries stays.</summary>
public sealed record DeleteNotificationEndpoint(Guid Id) : IRequest;

internal sealed class DeleteNotificationEndpointHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, TimeProvider time)
    : AsyncRequestHandler<DeleteNotificationEndpoint>
{
    protected override async Task Handle(DeleteNotificationEndpoint request, CancellationToken cancellationToken)
    {
        await db.InTransactionAsync(async token =>
        {
            var endpoint = await db.NotificationEndpoints
                .MadeBy(user.Id)
                .Where(endpoint => endpoint.Id == request.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw OwnEndpoints.NotFound();
            db.NotificationEndpoints.Remove(endpoint);
            audit.Record(AuditActions.EndpointDeleted, AuditSubject.Of(endpoint, user.Id));
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
        await db.CancelDeliveriesAsync(request.Id, time.Now(), cancellationToken);
    }
}
