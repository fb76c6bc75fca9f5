namespace StackAgent.Domain.Sessions;

/// <summary>A session's values as a row holds them; <see cref="Session.Restore"/> makes the session of it again.</summary>
public readonly record struct SessionSnapshot
{
    public required Guid Id { get; init; }

    public required Guid AgentId { get; init; }

    public required string Topic { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset LastUpdated { get; init; }

    public required int TtlMinutes { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required DateTimeOffset? ExpiredAt { get; init; }

    public required DateTimeOffset ExpiryCheckAt { get; init; }

    public required SessionStatus CurrentStatus { get; init; }

    public required string? LastMessage { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? EndedAt { get; init; }

    public required long ReportCount { get; init; }
}
