using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>A new endpoint of the caller's.</summary>
/// <param name="Url">http or https, without a user name or password.</param>
/// <param name="Description">At most 500 characters.</param>
/// <param name="Format">`standard` by default.</param>
/// <param name="EventTypes">Types of events, and groups such as `session.*`; absent or empty: all.</param>
/// <param name="StackId">Only of this stack and its agents.</param>
/// <param name="AgentId">Only of this agent: its `agent_id` or the UUID in `id`. It may be one that is yet to come.</param>
/// <param name="Statuses">Only events after which the status is one of these; absent or empty: all.</param>
public sealed record CreateNotificationEndpoint(
    string? Url,
    string? Description,
    NotificationFormat? Format,
    IReadOnlyList<string?>? EventTypes,
    Guid? StackId,
    string? AgentId,
    IReadOnlyList<string?>? Statuses) : IRequest<NotificationEndpointWithSecret>;

internal sealed class CreateNotificationEndpointValidator : AbstractValidator<CreateNotificationEndpoint>
{
    public CreateNotificationEndpointValidator(NotificationOptions options)
    {
        RuleFor(command => command.Url).Cascade(CascadeMode.Stop)
            .Must(url => !string.IsNullOrWhiteSpace(url)).WithMessage("This field is required and can't be blank.")
            .WebhookUrl(options);
        RuleFor(command => command.Description).Description();
        RuleFor(command => command.EventTypes).EventTypes();
        RuleFor(command => command.AgentId).AgentId();
        RuleFor(command => command.Statuses).Statuses();
    }
}

internal sealed class CreateNotificationEndpointHandler(
    IApplicationDbContext db, ICurrentUser user, ISecretProtector protector, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<CreateNotificationEndpoint, NotificationEndpointWithSecret>
{
    public async Task<NotificationEndpointWithSecret> Handle(CreateNotificationEndpoint request, CancellationToken cancellationToken)
    {
        await db.RequireStackAsync(request.StackId, user.Id, cancellationToken);
        var count = await db.NotificationEndpoints.MadeBy(user.Id).CountAsync(cancellationToken);
        if (count >= NotificationEndpoint.MaxPerOwner)
            throw new QuotaExceededException($"You have {count} notification endpoints, which is the limit. Delete one that is no longer needed.");

        var secret = WebhookSecret.Generate();
        var settings = new EndpointSettings(
            request.Url!.Trim(),
            EndpointRules.OrNull(request.Description),
            request.Format ?? NotificationFormat.Standard,
            EndpointRules.Distinct(request.EventTypes),
            request.StackId,
            EndpointRules.OrNull(request.AgentId),
            EndpointRules.Distinct(request.Statuses));
        var endpoint = NotificationEndpoint.Create(user.Id, settings, protector.Protect(secret.Value), time.Now());
        db.NotificationEndpoints.Add(endpoint);
        audit.Record(AuditActions.EndpointCreated, AuditSubject.Of(endpoint, user.Id));
        await db.SaveChangesAsync(cancellationToken);
        return new NotificationEndpointWithSecret(await mediator.Send(new GetNotificationEndpoint(endpoint.Id), cancellationToken), secret);
    }
}
