using System.Text.Json.Serialization;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Events;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Deliveries;

/// <summary>A part of the log of the caller's deliveries, newest first. Everything that is given has to fit.</summary>
/// <param name="EndpointId">To this endpoint, also when it is gone.</param>
/// <param name="AgentId">About this agent: its <c>agent_id</c>, or the UUID of its row. It may be gone.</param>
/// <param name="State">How it stands.</param>
/// <param name="Type">Type of the event.</param>
/// <param name="Cursor"><c>next_cursor</c> of the page before; null for the newest.</param>
/// <param name="Limit">1 to 1,000; 100 by default.</param>
public sealed record ListDeliveries(Guid? EndpointId, string? AgentId, DeliveryState? State, string? Type, string? Cursor, int Limit)
    : IRequest<DeliveryPage>
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;
}

/// <summary>A part of the log.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="NextCursor">Gets the older ones; null when there are none.</param>
public sealed record DeliveryPage(
    IReadOnlyList<DeliveryDto> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

internal sealed class ListDeliveriesValidator : AbstractValidator<ListDeliveries>
{
    private static readonly IReadOnlyList<string> Types = [.. EventTypes.Payloads.Keys, EventTypes.EndpointTest];

    public ListDeliveriesValidator()
    {
        RuleFor(query => query.AgentId).StorableText();
        RuleFor(query => query.Type)
            .Must(type => type is null || Types.Contains(type, StringComparer.Ordinal))
            .WithMessage($"This must be one of {string.Join(", ", Types)}.");
        RuleFor(query => query.Limit)
            .InclusiveBetween(1, ListDeliveries.MaxLimit)
            .WithMessage($"This value must be between 1 and {ListDeliveries.MaxLimit}.");
    }
}

internal sealed class ListDeliveriesHandler(IApplicationDbContext db, ICurrentUser user) : IRequestHandler<ListDeliveries, DeliveryPage>
{
    public async Task<DeliveryPage> Handle(ListDeliveries request, CancellationToken cancellationToken)
    {
        var rows = DeliveryRow.Of(db, user.Id);
        if (Cursor.ToId(request.Cursor) is { } before)
            rows = rows.Where(row => row.Delivery.Id.CompareTo(before) < 0);
        if (request.EndpointId is { } endpointId)
            rows = rows.Where(row => row.Delivery.EndpointId == endpointId);
        if (request.State is { } state)
            rows = rows.Where(row => row.Delivery.State == state);
        if (request.Type is { } type)
            rows = rows.Where(row => row.Notification.Type == type);
        if (request.AgentId is { Length: > 0 } key)
        {
            rows = AgentLookup.AsId(key) is { } agentId
                ? rows.Where(row => row.Notification.AgentKey == key || row.Notification.AgentId == agentId)
                : rows.Where(row => row.Notification.AgentKey == key);
        }

        var found = await rows
            .OrderByDescending(row => row.Delivery.Id)
            .Take(request.Limit + 1)
            .Select(DeliveryRow.Projection)
            .ToListAsync(cancellationToken);
        return new DeliveryPage(
            found.Take(request.Limit).ToList(),
            found.Count > request.Limit ? Cursor.OfId(found[request.Limit - 1].Id) : null);
    }
}
