using System.Security.Cryptography;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>Gives one of the caller's endpoints a new secret; the one before signs beside it for a day.</summary>
public sealed record RotateEndpointSecret(Guid Id) : IRequest<NotificationEndpointWithSecret>;

internal sealed class RotateEndpointSecretHandler(
    IApplicationDbContext db, ICurrentUser user, ISecretProtector protector, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<RotateEndpointSecret, NotificationEndpointWithSecret>
{
    public async Task<NotificationEndpointWithSecret> Handle(RotateEndpointSecret request, CancellationToken cancellationToken)
    {
        var secret = WebhookSecret.Generate();
        var text = protector.Protect(secret.Value);
        await db.InTransactionAsync(async token =>
        {
            var endpoint = await db.NotificationEndpoints
                .MadeBy(user.Id)
                .Where(endpoint => endpoint.Id == request.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw OwnEndpoints.NotFound();
            if (IsReadable(endpoint.Secret))
                endpoint.RotateSecret(text, time.Now());
            else
                endpoint.ReplaceSecret(text, time.Now());
            audit.Record(AuditActions.EndpointSecretRotated, AuditSubject.Of(endpoint, user.Id));
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
        return new NotificationEndpointWithSecret(await mediator.Send(new GetNotificationEndpoint(request.Id), cancellationToken), secret);
    }

    /// <summary>False for one that was stored under another <c>SECRET_KEY</c>: the sender could do nothing with it, beside the new one neither.</summary>
    private bool IsReadable(string? stored)
    {
        try
        {
            return stored is not null && protector.Unprotect(stored).Length > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
