namespace StackAgent.Application.Events;

/// <summary>Which events a stream wants. Everything that is given has to fit.</summary>
/// <param name="OwnerId">Whose events: nobody else's are ever seen.</param>
public sealed record EventFilter(Guid OwnerId)
{
    /// <summary>Of this stack and its agents; null for all.</summary>
    public Guid? StackId { get; init; }

    /// <summary>Of the agent with this <c>agent_id</c>, or with <see cref="AgentRowId"/>; null for all.</summary>
    public string? AgentKey { get; init; }

    /// <summary>The UUID that <see cref="AgentKey"/> writes, where it may mean an agent's row.</summary>
    public Guid? AgentRowId { get; init; }

    /// <summary>Words of <see cref="EventTypes"/>; null for all.</summary>
    public IReadOnlySet<string>? Types { get; init; }

    public bool Matches(EventRecord record) =>
        record.OwnerId == OwnerId
        && (StackId is null || record.StackId == StackId)
        && (AgentKey is null || record.AgentKey == AgentKey || (AgentRowId is not null && record.AgentId == AgentRowId))
        && (Types is null || Types.Contains(record.Type));

    /// <summary>The same in SQL.</summary>
    internal IQueryable<EventRecord> Apply(IQueryable<EventRecord> events)
    {
        events = events.Where(record => record.OwnerId == OwnerId);
        if (StackId is { } stackId)
            events = events.Where(record => record.StackId == stackId);
        if (AgentKey is { } key)
            events = AgentRowId is { } rowId
                ? events.Where(record => record.AgentKey == key || record.AgentId == rowId)
                : events.Where(record => record.AgentKey == key);
        if (Types is not null)
        {
            var types = Types.ToList();
            events = events.Where(record => types.Contains(record.Type));
        }

        return events;
    }
}
