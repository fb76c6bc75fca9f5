using System.Text.Json.Serialization;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Sessions;

/// <summary>A session on the wire.</summary>
public sealed record SessionDto
{
    public required Guid Id { get; init; }

    /// <summary>The agent's <c>agent_id</c>.</summary>
    public required string AgentId { get; init; }

    public required string SessionTopic { get; init; }
    public required DateTimeOffset Created { get; init; }
    public required DateTimeOffset LastUpdated { get; init; }

    /// <summary>When the session expires unless a report comes before.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>True when no report came for the session's TTL. The next report brings it back.</summary>
    public required bool Expired { get; init; }

    /// <summary>When it expired; absent while it lives.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiredAt { get; init; }

    public required int TtlMinutes { get; init; }

    /// <summary>What the newest report said; <c>expired</c> when that was <c>running</c> and nothing came for the TTL.</summary>
    public required SessionState CurrentStatus { get; init; }

    /// <summary>When the present run began, or the last one: the first <c>running</c> after the last terminal status. Absent when it never ran.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>From <c>started_at</c> to the run's end, or to its newest report while it goes on. Absent when it never ran.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DurationSeconds { get; init; }

    public required long ReportCount { get; init; }

    internal static SessionDto From(Session session, string agentKey, DateTimeOffset now) => new()
    {
        Id = session.Id,
        AgentId = agentKey,
        SessionTopic = session.Topic,
        Created = session.Created,
        LastUpdated = session.LastUpdated,
        ExpiresAt = session.ExpiresAt,
        Expired = session.IsExpired(now),
        ExpiredAt = session.IsExpired(now) ? session.ExpiresAt : null,
        TtlMinutes = session.TtlMinutes,
        CurrentStatus = session.StateAt(now),
        StartedAt = session.StartedAt,
        DurationSeconds = session.Duration?.TotalSeconds,
        ReportCount = session.ReportCount,
    };
}

/// <summary>One report of a history on the wire.</summary>
public record StatusDto
{
    public required Guid Id { get; init; }

    /// <summary>The agent's <c>agent_id</c>.</summary>
    public required string AgentId { get; init; }

    public required string SessionTopic { get; init; }
    public required SessionStatus Status { get; init; }

    /// <summary>When the server received it.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What the reporter sent as <c>timestamp</c>; absent when it sent none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ReportedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }
}
