using System.Text.Json.Serialization;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Audit;

/// <summary>A part of the trail of what was done to the caller's resources, newest first. Everything that is given has to fit.</summary>
/// <param name="ResourceType">To this kind of resource.</param>
/// <param name="ResourceId">To this resource, by its id on the wire. It may be gone.</param>
/// <param name="StackId">To this stack and what is in it.</param>
/// <param name="Action">Such deeds only.</param>
/// <param name="ActorId">By this user.</param>
/// <param name="From">RFC 3339.</param>
/// <param name="To">RFC 3339, excluded.</param>
/// <param name="Cursor"><c>next_cursor</c> of the page before; null for the newest.</param>
/// <param name="Limit">1 to 1,000; 100 by default.</param>
public sealed record ListAuditEntries(
    string? ResourceType, string? ResourceId, Guid? StackId, string? Action, Guid? ActorId, string? From, string? To, string? Cursor, int Limit)
    : IRequest<AuditPage>
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;
}

/// <summary>A part of the trail.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="NextCursor">Gets the older ones; null when there are none.</param>
public sealed record AuditPage(
    IReadOnlyList<AuditEntryDto> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

/// <summary>Who did what to which resource, when and from where.</summary>
public sealed record AuditEntryDto
{
    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>What was done, as `resource.happened`.</summary>
    public required string Action { get; init; }

    /// <summary>`stack`, `agent`, `session`, `api_key`, `notification_endpoint` or `account`.</summary>
    public required string ResourceType { get; init; }

    /// <summary>The resource's id; it may be gone.</summary>
    public required string ResourceId { get; init; }

    /// <summary>What it was called then; null for what has no name.</summary>
    public required string? ResourceName { get; init; }

    /// <summary>The stack that the resource belonged to, or was.</summary>
    public required Guid? StackId { get; init; }

    /// <summary>Who did it; null: the server itself, or nobody who is known.</summary>
    public required UserInfo? Actor { get; init; }

    /// <summary>The API key that it was done with; null: an access token, or none.</summary>
    public required Guid? ApiKeyId { get; init; }

    /// <summary>A sentence with what else is worth knowing; null: nothing.</summary>
    public required string? Detail { get; init; }

    /// <summary>The IP address that the request came from; null: the server itself.</summary>
    public required string? Address { get; init; }

    /// <summary>The request's `trace_id`; null: the server itself.</summary>
    public required string? TraceId { get; init; }
}

internal sealed class ListAuditEntriesValidator : AbstractValidator<ListAuditEntries>
{
    private const string MomentSentence = "This must be a time as RFC 3339 writes it, for example 2026-01-31T12:00:00Z (percent-encode a +).";

    public ListAuditEntriesValidator()
    {
        RuleFor(query => query.ResourceType)
            .Must(type => type is null || AuditResources.All.Contains(type, StringComparer.Ordinal))
            .WithMessage($"This must be one of {string.Join(", ", AuditResources.All)}.");
        RuleFor(query => query.ResourceId).StorableText();
        RuleFor(query => query.Action)
            .Must(action => action is null || AuditActions.All.Contains(action, StringComparer.Ordinal))
            .WithMessage($"This must be one of {string.Join(", ", AuditActions.All)}.");
        RuleFor(query => query.From).Must(IsMomentOrAbsent).WithMessage(MomentSentence);
        RuleFor(query => query.To).Must(IsMomentOrAbsent).WithMessage(MomentSentence);
        RuleFor(query => query.Limit)
            .InclusiveBetween(1, ListAuditEntries.MaxLimit)
            .WithMessage($"This value must be between 1 and {ListAuditEntries.MaxLimit}.");
    }

    private static bool IsMomentOrAbsent(string? text) => string.IsNullOrEmpty(text) || Rfc3339.TryParse(text, out _);
}

internal sealed class ListAuditEntriesHandler(IApplicationDbContext db, ICurrentUser user) : IRequestHandler<ListAuditEntries, AuditPage>
{
    public async Task<AuditPage> Handle(ListAuditEntries request, CancellationToken cancellationToken)
    {
        var found = await (
            from entry in Filter(request)
            join person in db.Users on entry.ActorId equals person.Id into people
            from actor in people.DefaultIfEmpty()
            orderby entry.Id descending
            select new AuditEntryDto
            {
                Id = entry.Id,
                At = entry.At,
                Action = entry.Action,
                ResourceType = entry.ResourceType,
                ResourceId = entry.ResourceId,
                ResourceName = entry.ResourceName,
                StackId = entry.StackId,
                Actor = actor == null ? null : new UserInfo(actor.Id, actor.FullName, actor.Email),
                ApiKeyId = entry.ApiKeyId,
                Detail = entry.Detail,
                Address = entry.Address,
                TraceId = entry.TraceId,
            }).Take(request.Limit + 1).ToListAsync(cancellationToken);
        return new AuditPage(
            found.Take(request.Limit).ToList(),
            found.Count > request.Limit ? Cursor.OfId(found[request.Limit - 1].Id) : null);
    }

    /// <summary>Ids are in the order of time, so that an index finds the span as well.</summary>
    private IQueryable<AuditEntry> Filter(ListAuditEntries request)
    {
        var entries = db.AuditEntries.AsNoTracking().Where(entry => entry.OwnerId == user.Id);
        if (Cursor.ToId(request.Cursor) is { } before)
            entries = entries.Where(entry => entry.Id.CompareTo(before) < 0);
        if (Moment(request.From) is { } from)
        {
            var first = TimeIds.FirstAt(from);
            entries = entries.Where(entry => entry.Id.CompareTo(first) >= 0 && entry.At >= from);
        }

        if (Moment(request.To) is { } to)
        {
            var end = TimeIds.FirstAt(to.AddMilliseconds(1));
            entries = entries.Where(entry => entry.Id.CompareTo(end) < 0 && entry.At < to);
        }

        if (request.ResourceType is { } type)
            entries = entries.Where(entry => entry.ResourceType == type);
        if (request.ResourceId is { } resourceId)
            entries = entries.Where(entry => entry.ResourceId == resourceId);
        if (request.StackId is { } stackId)
            entries = entries.Where(entry => entry.StackId == stackId);
        if (request.Action is { } action)
            entries = entries.Where(entry => entry.Action == action);
        return request.ActorId is { } actorId ? entries.Where(entry => entry.ActorId == actorId) : entries;
    }

    private static DateTimeOffset? Moment(string? text) => !string.IsNullOrEmpty(text) && Rfc3339.TryParse(text, out var moment) ? moment : null;
}
