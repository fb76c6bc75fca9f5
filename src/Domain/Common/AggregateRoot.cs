namespace StackAgent.Domain.Common;

/// <summary>The root of a group of objects that change together. Its verbs keep its rules and record what happened.</summary>
public abstract class AggregateRoot
{
    private readonly List<IDomainEvent> _domainEvents = [];

    /// <summary>UUID version 7, made by the domain, so that an object has its identity before it is stored.</summary>
    public Guid Id { get; protected init; } = Guid.CreateVersion7();

    /// <summary>What happened since the object was loaded; dispatched after the commit.</summary>
    public IReadOnlyList<IDomainEvent> DomainEvents => _domainEvents;

    public void ClearDomainEvents() => _domainEvents.Clear();

    protected void Raise(IDomainEvent domainEvent) => _domainEvents.Add(domainEvent);

    /// <summary>For what is true however often it happened: several changes in one go are one update.</summary>
    protected void RaiseOnce(IDomainEvent domainEvent)
    {
        if (!_domainEvents.Contains(domainEvent))
            Raise(domainEvent);
    }
}
