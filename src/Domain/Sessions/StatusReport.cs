namespace StackAgent.Domain.Sessions;

/// <summary>One line of a session's history. Made by <see cref="Session.Record"/> and never changed.</summary>
public sealed class StatusReport
{
    public const int MessageMaxLength = 1000;
    public const int ContentMaxLength = 10_000;
    public const int EventIdMaxLength = 100;

    private StatusReport()
    {
    }

    public Guid Id { get; private init; } = Guid.CreateVersion7();

    public Guid AgentId { get; private init; }

    public Guid SessionId { get; private init; }

    /// <summary>From 1, without a gap, in the order in which the session recorded its reports.</summary>
    public long Sequence { get; private init; }

    public SessionStatus Status { get; private init; }

    /// <summary>The server's time; grows with <see cref="Sequence"/>.</summary>
    public DateTimeOffset ReceivedAt { get; private init; }

    /// <summary>The reporter's time, as it was sent.</summary>
    public DateTimeOffset? ReportedAt { get; private init; }

    public string? Message { get; private init; }

    public string? Content { get; private init; }

    /// <summary>Unique for its agent.</summary>
    public string? EventId { get; private init; }

    internal static StatusReport Of(Session session, long sequence, ReportContent content, DateTimeOffset receivedAt) => new()
    {
        AgentId = session.AgentId,
        SessionId = session.Id,
        Sequence = sequence,
        Status = content.Status,
        ReceivedAt = receivedAt,
        ReportedAt = content.ReportedAt,
        Message = string.IsNullOrEmpty(content.Message) ? null : content.Message,
        Content = string.IsNullOrEmpty(content.Content) ? null : content.Content,
        EventId = string.IsNullOrEmpty(content.EventId) ? null : content.EventId,
    };
}
