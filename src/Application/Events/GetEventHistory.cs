using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;

namespace StackAgent.Application.Events;

/// <summary>A page of what a stream has missed.</summary>
/// <param name="Filter">Which events.</param>
/// <param name="After">The last id that the client has seen.</param>
/// <param name="UpTo">The last id that is wanted.</param>
/// <param name="Limit">The most events in the page.</param>
public sealed record GetEventHistory(EventFilter Filter, long After, long UpTo, int Limit) : IRequest<EventHistory>;

/// <summary>A page of the history.</summary>
/// <param name="Events">In the order of their ids.</param>
/// <param name="IsWhole">
/// False when something between <c>After</c> and the page may be missing: it is no longer kept, or <c>After</c> was never given to anybody.
/// </param>
public sealed record EventHistory(IReadOnlyList<EventRecord> Events, bool IsWhole);

internal sealed class GetEventHistoryHandler(IApplicationDbContext db) : IRequestHandler<GetEventHistory, EventHistory>
{
    public async Task<EventHistory> Handle(GetEventHistory request, CancellationToken cancellationToken)
    {
        var events = await request.Filter.Apply(db.Events.AsNoTracking())
            .Where(record => record.Id > request.After && record.Id <= request.UpTo)
            .OrderBy(record => record.Id)
            .Take(request.Limit)
            .ToListAsync(cancellationToken);

        // Asked after the page, because old events go meanwhile: what is still there now was there then. The newest event always stays.
        var ids = db.Events.Select(record => record.Id);
        var first = await ids.OrderBy(id => id).FirstOrDefaultAsync(cancellationToken);
        var last = await ids.OrderByDescending(id => id).FirstOrDefaultAsync(cancellationToken);
        return new EventHistory(events, first - 1 <= request.After && request.After <= last);
    }
}
