using StackAgent.Domain.Common;

namespace StackAgent.Domain.Sessions;

/// <summary>A report changed what a session is doing.</summary>
/// <param name="SessionId">Which session.</param>
/// <param name="AgentId">Whose session.</param>
/// <param name="Previous">Null for a session's first report.</param>
/// <param name="Current">What the report said.</param>
/// <param name="ReportId">The report.</param>
/// <param name="Message">The report's message; null when it had none.</param>
/// <param name="Content">The report's content; null when it had none.</param>
/// <param name="Duration"><see cref="Session.Duration"/> with the report in it; null when the session never ran.</param>
public sealed record SessionStatusChanged(
    Guid SessionId,
    Guid AgentId,
    SessionStatus? Previous,
    SessionStatus Current,
    Guid ReportId,
    string? Message,
    string? Content,
    TimeSpan? Duration) : IDomainEvent;

/// <summary>No report came for the session's TTL.</summary>
/// <param name="SessionId">Which session.</param>
/// <param name="AgentId">Whose session.</param>
/// <param name="LastStatus">What its newest report had said.</param>
/// <param name="ExpiredAt">The end of its TTL.</param>
public sealed record SessionExpired(Guid SessionId, Guid AgentId, SessionStatus LastStatus, DateTimeOffset ExpiredAt) : IDomainEvent;

/// <summary>A session that had expired got a report and lives again.</summary>
/// <param name="SessionId">Which session.</param>
/// <param name="AgentId">Whose session.</param>
/// <param name="Status">What the report said.</param>
/// <param name="Message">The report's message; null when it had none.</param>
public sealed record SessionRecovered(Guid SessionId, Guid AgentId, SessionStatus Status, string? Message) : IDomainEvent;
