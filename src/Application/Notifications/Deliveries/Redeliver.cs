using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Deliveries;

/// <summary>
/// Delivers the notification of one of the caller's deliveries once more, however that one stands, to the endpoint as it is now. Waits for
/// no other delivery, and none waits for it.
/// </summary>
public sealed record Redeliver(Guid Id) : IRequest<DeliveryDto>;

internal sealed class RedeliverHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, TimeProvider time)
    : IRequestHandler<Redeliver, DeliveryDto>
{
    public async Task<DeliveryDto> Handle(Redeliver request, CancellationToken cancellationToken)
    {
        var found = await (
            from row in DeliveryRow.Of(db, user.Id)
            where row.Delivery.Id == request.Id
            join endpoint in db.NotificationEndpoints on row.Delivery.EndpointId equals endpoint.Id into endpoints
            from endpoint in endpoints.DefaultIfEmpty()
            select new { row.Delivery, row.Notification, Endpoint = endpoint }).SingleOrDefaultAsync(cancellationToken)
            ?? throw DeliveryRow.NotFound();
        if (found.Endpoint is not { } target)
            throw new ConflictException("The endpoint of this delivery is gone.");
        if (!target.IsEnabled)
            throw new ConflictException("The endpoint of this delivery is disabled. Enable it first.");

        var id = Guid.CreateVersion7();
        var now = time.Now();
        db.NotificationDeliveries.Add(new NotificationDelivery
        {
            Id = id,
            OwnerId = user.Id,
            EndpointId = target.Id,
            NotificationId = found.Notification.Id,
            EndpointUrl = target.Url,
            OrderKey = id,
            Sequence = found.Delivery.Sequence,
            State = DeliveryState.Pending,
            NextAttemptAt = now,
            CreatedAt = now,
        });
        audit.Record(AuditActions.EndpointRedelivered, AuditSubject.Of(target, user.Id), $"Delivery {request.Id} once more.");
        await db.SaveChangesAsync(cancellationToken);
        return await DeliveryRow.Of(db, user.Id).Where(row => row.Delivery.Id == id).Select(DeliveryRow.Projection).SingleAsync(cancellationToken);
    }
}
