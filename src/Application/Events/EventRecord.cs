namespace StackAgent.Application.Events;

/// <summary>
/// Something that happened to a stack, an agent or a session, as a row: written in the transaction of its cause, read by event streams.
/// </summary>
public sealed class EventRecord
{
    public const int TypeMaxLength = 50;

    /// <summary>Given by the database. Grows in the order of the commits, so that whoever has read up to an id has missed nothing.</summary>
    public long Id { get; init; }

    public required Guid OwnerId { get; init; }

    /// <summary>For example <c>session.expired</c>.</summary>
    public required string Type { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The stack that it is about, or that its agent belongs to; null for a reported agent.</summary>
    public Guid? StackId { get; init; }

    /// <summary>The UUID of the agent that it is about; null for a stack's own events.</summary>
    public Guid? AgentId { get; init; }

    /// <summary>That agent's <c>agent_id</c>.</summary>
    public string? AgentKey { get; init; }

    public Guid? SessionId { get; init; }

    /// <summary>What happened, as a JSON object in the words of the wire.</summary>
    public required string Data { get; init; }
}
