using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Events;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>Sends a notification to one of the caller's endpoints now, disabled or not, and puts it into the log. It isn't tried again.</summary>
public sealed record TestNotificationEndpoint(Guid Id) : IRequest<EndpointTestResult>;

/// <summary>What came back.</summary>
/// <param name="DeliveryId">Its line in the log.</param>
/// <param name="Delivered">Whether the receiver took it.</param>
/// <param name="StatusCode">Null: no answer came.</param>
/// <param name="DurationMs">Milliseconds to the end of the answer, or to giving up.</param>
/// <param name="Error">A sentence; null: it was delivered.</param>
/// <param name="Answer">The beginning of the answer; null: it had none.</param>
public sealed record EndpointTestResult(Guid DeliveryId, bool Delivered, int? StatusCode, long DurationMs, string? Error, string? Answer);

internal sealed class TestNotificationEndpointHandler(
    IApplicationDbContext db, ICurrentUser user, INotificationSender sender, NotificationOptions options, IAuditTrail audit, TimeProvider time)
    : IRequestHandler<TestNotificationEndpoint, EndpointTestResult>
{
    public async Task<EndpointTestResult> Handle(TestNotificationEndpoint request, CancellationToken cancellationToken)
    {
        var endpoint = await db.NotificationEndpoints
            .AsNoTracking()
            .MadeBy(user.Id)
            .SingleOrDefaultAsync(endpoint => endpoint.Id == request.Id, cancellationToken) ?? throw OwnEndpoints.NotFound();

        var now = time.Now();
        var notification = new Notification
        {
            OwnerId = user.Id,
            Type = EventTypes.EndpointTest,
            At = now,
            Data = EndpointEvents.TestData(endpoint),
        };
        var message = NotificationMessage.To(new Uri(endpoint.Url), endpoint, notification, options, now);
        var result = await sender.SendAsync(message, cancellationToken);

        var delivery = Record(endpoint, notification, result, now, time.Now());
        audit.Record(AuditActions.EndpointTested, AuditSubject.Of(endpoint, user.Id), result.IsDelivered ? "It took the notification." : "It didn't take the notification.");
        await db.SaveChangesAsync(cancellationToken);
        return new EndpointTestResult(delivery.Id, result.IsDelivered, result.StatusCode, result.DurationMs, result.Error, result.Answer);
    }

    private NotificationDelivery Record(
        NotificationEndpoint endpoint, Notification notification, SendResult result, DateTimeOffset started, DateTimeOffset finished)
    {
        var id = Guid.CreateVersion7();
        var delivery = new NotificationDelivery
        {
            Id = id,
            OwnerId = notification.OwnerId,
            EndpointId = endpoint.Id,
            NotificationId = notification.Id,
            EndpointUrl = endpoint.Url,
            OrderKey = id,
            Sequence = 0,
            State = result.IsDelivered ? DeliveryState.Delivered : DeliveryState.Failed,
            Attempts = 1,
            LastStatusCode = result.StatusCode,
            LastError = result.Error,
            CreatedAt = started,
            FinishedAt = finished,
        };
        db.Notifications.Add(notification);
        db.NotificationDeliveries.Add(delivery);
        db.NotificationAttempts.Add(result.ToAttempt(id, number: 1, started));
        return delivery;
    }
}
