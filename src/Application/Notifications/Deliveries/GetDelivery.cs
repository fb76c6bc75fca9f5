using System.Text.Json;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Notifications.Deliveries;

/// <summary>One of the caller's deliveries, with what was sent and how each try went.</summary>
public sealed record GetDelivery(Guid Id) : IRequest<DeliveryDetails>;

internal sealed class GetDeliveryHandler(IApplicationDbContext db, ICurrentUser user) : IRequestHandler<GetDelivery, DeliveryDetails>
{
    public async Task<DeliveryDetails> Handle(GetDelivery request, CancellationToken cancellationToken)
    {
        var found = await DeliveryRow.Of(db, user.Id)
            .Where(row => row.Delivery.Id == request.Id)
            .Select(row => new
            {
                row.Delivery,
                row.Notification,
                Attempts = db.NotificationAttempts
                    .Where(attempt => attempt.DeliveryId == row.Delivery.Id)
                    .OrderBy(attempt => attempt.Number)
                    .Select(attempt => new DeliveryAttempt(
                        attempt.Number, attempt.At, attempt.DurationMs, attempt.StatusCode, attempt.Error, attempt.Answer))
                    .ToList(),
            })
            .SingleOrDefaultAsync(cancellationToken) ?? throw DeliveryRow.NotFound();

        var (delivery, notification) = (found.Delivery, found.Notification);
        return new DeliveryDetails
        {
            Id = delivery.Id,
            EndpointId = delivery.EndpointId,
            EndpointUrl = delivery.EndpointUrl,
            Type = notification.Type,
            WebhookId = notification.WebhookId,
            AgentId = notification.AgentKey,
            State = delivery.State,
            Attempts = delivery.Attempts,
            LastStatusCode = delivery.LastStatusCode,
            LastError = delivery.LastError,
            NextAttemptAt = delivery.NextAttemptAt,
            CreatedAt = delivery.CreatedAt,
            FinishedAt = delivery.FinishedAt,
            Body = new NotificationBody(notification.Type, notification.At, JsonSerializer.Deserialize<JsonElement>(notification.Data)),
            AttemptLog = found.Attempts,
        };
    }
}
