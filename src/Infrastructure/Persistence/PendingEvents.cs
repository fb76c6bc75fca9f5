using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using StackAgent.Application.Events;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>
/// What one context's aggregates raised between a save and the commit: rows of the event log first, and then what is dispatched in this
/// process.
/// </summary>
internal sealed class PendingEvents
{
    private readonly List<(AggregateRoot Source, IDomainEvent Happened)> _raised = [];
    private readonly List<EventRecord> _rows = [];

    /// <summary>Whether saving now would write events.</summary>
    public static bool AreIn(ChangeTracker tracker) =>
        tracker.Entries<AggregateRoot>().Any(entry => entry.Entity.DomainEvents.Count > 0)
        || tracker.Entries<EventRecord>().Any(entry => entry.State == EntityState.Added);

    /// <summary>
    /// What there is now, removed aggregates included. Rows that a use case added itself leave the tracker, because the save would write
    /// them before their time.
    /// </summary>
    public IReadOnlyList<AggregateRoot> TakeFrom(ChangeTracker tracker)
    {
        foreach (var entry in tracker.Entries<EventRecord>().Where(entry => entry.State == EntityState.Added).ToList())
        {
            _rows.Add(entry.Entity);
            entry.State = EntityState.Detached;
        }

        return tracker.Entries<AggregateRoot>().Select(entry => entry.Entity).Where(source => source.DomainEvents.Count > 0).ToList();
    }

    /// <summary>They are saved: what they raised happened, once their transaction commits.</summary>
    public void Keep(IReadOnlyList<AggregateRoot> saved)
    {
        foreach (var source in saved)
        {
            _raised.AddRange(source.DomainEvents.Select(happened => (source, happened)));
            source.ClearDomainEvents();
        }
    }

    /// <summary>The rows of everything kept, in the order in which it was saved.</summary>
    public IReadOnlyList<EventRecord> Compose(DateTimeOffset at)
    {
        if (_raised.Count == 0)
            return _rows;

        return [.. _raised.Select(item => EventComposer.Compose(item.Source, item.Happened, at)).OfType<EventRecord>(), .. _rows];
    }

    /// <summary>The domain events of everything kept; nothing is kept any more.</summary>
    public IReadOnlyList<IDomainEvent> TakeRaised()
    {
        var raised = _raised.ConvertAll(item => item.Happened);
        Clear();
        return raised;
    }

    public void Clear()
    {
        _raised.Clear();
        _rows.Clear();
    }
}
