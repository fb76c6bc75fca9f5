using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>Changes what is given of an endpoint; absent parts stay, and so do null ones, but for those that null clears.</summary>
public sealed record UpdateNotificationEndpoint(
    Guid Id,
    string? Url,
    Optional<string> Description,
    NotificationFormat? Format,
    IReadOnlyList<string?>? EventTypes,
    Optional<Guid?> StackId,
    Optional<string> AgentId,
    IReadOnlyList<string?>? Statuses,
    bool? Enabled) : IRequest<NotificationEndpointDetails>;

internal sealed class UpdateNotificationEndpointValidator : AbstractValidator<UpdateNotificationEndpoint>
{
    public UpdateNotificationEndpointValidator(NotificationOptions options)
    {
        RuleFor(command => command.Url).WebhookUrl(options);
        RuleFor(command => command.Description.Value).Description().OverridePropertyName("description");
        RuleFor(command => command.EventTypes).EventTypes();
        RuleFor(command => command.AgentId.Value).AgentId().OverridePropertyName("agent_id");
        RuleFor(command => command.Statuses).Statuses();
    }
}

internal sealed class UpdateNotificationEndpointHandler(
    IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<UpdateNotificationEndpoint, NotificationEndpointDetails>
{
    public async Task<NotificationEndpointDetails> Handle(UpdateNotificationEndpoint request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        await db.InTransactionAsync(async token =>
        {
            var endpoint = await db.NotificationEndpoints
                .MadeBy(user.Id)
                .Where(endpoint => endpoint.Id == request.Id)
                .ForUpdate()
                .SingleOrDefaultAsync(token) ?? throw OwnEndpoints.NotFound();
            if (request.StackId.IsPresent)
                await db.RequireStackAsync(request.StackId.Value, user.Id, token);

            endpoint.Change(Merge(request, endpoint), now);
            if (request.Enabled is true)
                endpoint.Enable(now);
            else if (request.Enabled is false)
                endpoint.Disable(now);
            if (DetailOf(request) is { } detail)
                audit.Record(AuditActions.EndpointUpdated, AuditSubject.Of(endpoint, user.Id), detail);
            return await db.SaveChangesAsync(token);
        }, cancellationToken);
        if (request.Enabled is false)
            await db.CancelDeliveriesAsync(request.Id, now, cancellationToken);

        return await mediator.Send(new GetNotificationEndpoint(request.Id), cancellationToken);
    }

    private static string? DetailOf(UpdateNotificationEndpoint request) => AuditDetails.Changed(
        ("url", request.Url is not null),
        ("description", request.Description.IsPresent),
        ("format", request.Format is not null),
        ("event_types", request.EventTypes is not null),
        ("stack_id", request.StackId.IsPresent),
        ("agent_id", request.AgentId.IsPresent),
        ("statuses", request.Statuses is not null),
        ("enabled", request.Enabled is not null));

    private static EndpointSettings Merge(UpdateNotificationEndpoint request, NotificationEndpoint endpoint) => new(
        request.Url?.Trim() ?? endpoint.Url,
        request.Description.IsPresent ? EndpointRules.OrNull(request.Description.Value) : endpoint.Description,
        request.Format ?? endpoint.Format,
        request.EventTypes is null ? endpoint.EventTypes : EndpointRules.Distinct(request.EventTypes),
        request.StackId.IsPresent ? request.StackId.Value : endpoint.StackId,
        request.AgentId.IsPresent ? EndpointRules.OrNull(request.AgentId.Value) : endpoint.AgentId,
        request.Statuses is null ? endpoint.Statuses : EndpointRules.Distinct(request.Statuses));
}
