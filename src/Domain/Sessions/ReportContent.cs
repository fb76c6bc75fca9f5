namespace StackAgent.Domain.Sessions;

/// <summary>What a reporter says in one status report, beside which agent and which session it is about.</summary>
/// <param name="Status">Where the work stands.</param>
/// <param name="Message">One line; null when there is none.</param>
/// <param name="Content">Anything longer; null when there is none.</param>
/// <param name="TtlMinutes">After how many minutes of silence the session expires; 0 leaves it as it is.</param>
/// <param name="ReportedAt">The reporter's own time: kept, never used for order or expiry, because clocks elsewhere are wrong and reports arrive late.</param>
/// <param name="EventId">The reporter's name for this report; a second one with the same name is a repeat.</param>
public sealed record ReportContent(
    SessionStatus Status,
    string? Message = null,
    string? Content = null,
    int TtlMinutes = 0,
    DateTimeOffset? ReportedAt = null,
    string? EventId = null);
