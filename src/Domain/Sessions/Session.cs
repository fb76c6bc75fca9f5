using StackAgent.Domain.Common;

namespace StackAgent.Domain.Sessions;

/// <summary>
/// One piece of an agent's work, known by its topic: the sum of the status reports about it. Everything asked of a session is kept up
/// to date by <see cref="Record"/>, so that neither a report nor a question ever reads the history.
/// </summary>
public sealed class Session : AggregateRoot
{
    public const int TopicMaxLength = 500;
    public const int DefaultTtlMinutes = 30;
    public const int MinTtlMinutes = 1;
    public const int MaxTtlMinutes = 1440;

    private Session()
    {
    }

    public Guid AgentId { get; private init; }

    /// <summary>The reporter's own text, unique for its agent.</summary>
    public string Topic { get; private init; } = "";

    public DateTimeOffset Created { get; private init; }

    /// <summary>When the newest report came. Grows strictly with every report, whatever the clocks of the servers do.</summary>
    public DateTimeOffset LastUpdated { get; private set; }

    /// <summary>
    /// The second that <see cref="LastUpdated"/> lies in. Lists are sorted by it first: an index on the exact moment would have to be
    /// rewritten by every report, this one by one report a second.
    /// </summary>
    public DateTimeOffset LastUpdatedSecond { get; private set; }

    public int TtlMinutes { get; private set; } = DefaultTtlMinutes;

    /// <summary>
    /// The end of the session's patience. Counted from the recording server's clock and not from <see cref="LastUpdated"/>, so that one
    /// report under a clock gone wrong doesn't keep a session alive for years.
    /// </summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When the session expired, once that is on record (<see cref="Expire"/>); null while it lives.</summary>
    public DateTimeOffset? ExpiredAt { get; private set; }

    /// <summary>
    /// Before this moment nobody has to look whether the session expired; never later than <see cref="ExpiresAt"/>. A report leaves it
    /// alone, so that an index on it isn't rewritten by every report; whoever looks and finds the session alive moves it on.
    /// </summary>
    public DateTimeOffset ExpiryCheckAt { get; private set; }

    /// <summary>What the newest report said.</summary>
    public SessionStatus CurrentStatus { get; private set; }

    /// <summary>The newest report's message; null when it had none.</summary>
    public string? LastMessage { get; private set; }

    /// <summary>
    /// When the present run began, or the last one when none is under way: the first <see cref="SessionStatus.Running"/> after the last
    /// terminal status. Null when the session never ran.
    /// </summary>
    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>When that run came to its terminal status; null while it goes on. A later terminal report without a run changes nothing here.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    public long ReportCount { get; private set; }

    /// <summary>
    /// How long the run of <see cref="StartedAt"/> took, or has taken up to its newest report: silence isn't counted as work.
    /// Null when the session never ran.
    /// </summary>
    public TimeSpan? Duration => StartedAt is { } start ? (EndedAt ?? LastUpdated) - start : null;

    /// <summary>A session that has no report yet. It has to be given one at once.</summary>
    public static Session Open(Guid agentId, string topic, DateTimeOffset now) => new()
    {
        AgentId = agentId,
        Topic = topic,
        Created = now,
        LastUpdated = now,
        LastUpdatedSecond = now.TruncateToSecond(),
        ExpiresAt = now.AddMinutes(DefaultTtlMinutes),
        ExpiryCheckAt = DateTimeOffset.MaxValue,
    };

    /// <summary>A stored session, for whoever reads rows without an object mapper.</summary>
    public static Session Restore(in SessionSnapshot stored) => new()
    {
        Id = stored.Id,
        AgentId = stored.AgentId,
        Topic = stored.Topic,
        Created = stored.Created,
        LastUpdated = stored.LastUpdated,
        LastUpdatedSecond = stored.LastUpdated.TruncateToSecond(),
        TtlMinutes = stored.TtlMinutes,
        ExpiresAt = stored.ExpiresAt,
        ExpiredAt = stored.ExpiredAt,
        ExpiryCheckAt = stored.ExpiryCheckAt,
        CurrentStatus = stored.CurrentStatus,
        LastMessage = stored.LastMessage,
        StartedAt = stored.StartedAt,
        EndedAt = stored.EndedAt,
        ReportCount = stored.ReportCount,
    };

    public bool IsExpired(DateTimeOffset now) => ExpiredAt is not null || now >= ExpiresAt;

    /// <summary>The status as others see it: a session that fell silent while it was running is no longer called running.</summary>
    public SessionState StateAt(DateTimeOffset now) => CurrentStatus.ToState(IsExpired(now));

    /// <summary>Puts on record that no report came in time. Does nothing to a session that lives, or whose expiry is on record.</summary>
    public void Expire(DateTimeOffset now)
    {
        if (ExpiredAt is not null || now < ExpiresAt)
            return;

        ExpiredAt = ExpiresAt;
        Raise(new SessionExpired(Id, AgentId, CurrentStatus, ExpiresAt));
    }

    /// <summary>Takes a report in, which revives the session when it had expired, and returns it as a line of the history.</summary>
    public StatusReport Record(ReportContent content, DateTimeOffset now)
    {
        var isFirst = ReportCount == 0;
        // Another server, or this one before its clock was set back, may have written a later time.
        var receivedAt = isFirst || now > LastUpdated ? now : LastUpdated.AddMicroseconds(1);
        var report = StatusReport.Of(this, ReportCount + 1, content, receivedAt);

        if (!isFirst && IsExpired(now))
        {
            // A silence that nobody has noticed yet was one all the same.
            Expire(now);
            ExpiredAt = null;
            ExpiryCheckAt = DateTimeOffset.MaxValue;
            Raise(new SessionRecovered(Id, AgentId, content.Status, report.Message));
        }

        SessionStatus? previous = isFirst ? null : CurrentStatus;
        if (content.TtlMinutes > 0)
            TtlMinutes = content.TtlMinutes;
        ReportCount = report.Sequence;
        CurrentStatus = report.Status;
        LastMessage = report.Message;
        LastUpdated = receivedAt;
        LastUpdatedSecond = receivedAt.TruncateToSecond();
        ExpiresAt = now.AddMinutes(TtlMinutes);
        if (ExpiresAt < ExpiryCheckAt)
            ExpiryCheckAt = ExpiresAt;
        FollowRun(report);
        if (previous != report.Status)
            Raise(new SessionStatusChanged(Id, AgentId, previous, report.Status, report.Id, report.Message, report.Content, Duration));
        return report;
    }

    private void FollowRun(StatusReport report)
    {
        var isUnderWay = StartedAt is not null && EndedAt is null;
        if (report.Status == SessionStatus.Running && !isUnderWay)
        {
            StartedAt = report.ReceivedAt;
            EndedAt = null;
        }
        else if (report.Status.IsTerminal() && isUnderWay)
        {
            EndedAt = report.ReceivedAt;
        }
    }
}
