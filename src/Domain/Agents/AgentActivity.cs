using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;

namespace StackAgent.Domain.Agents;

/// <summary>
/// What an agent's sessions say about it, kept up to date by whoever changes them, so that a list of agents reads no session. It is the
/// lock as well: the sessions of an agent are changed by whoever holds this row.
/// </summary>
public sealed class AgentActivity
{
    private AgentActivity()
    {
    }

    public Guid AgentId { get; private init; }

    /// <summary>The agent's owner, repeated for the index that lists are read by.</summary>
    public Guid OwnerId { get; private init; }

    /// <summary>When its newest status report came; null before the first.</summary>
    public DateTimeOffset? LastSeen { get; private set; }

    /// <summary><see cref="LastSeen"/>, or when the agent was made before the first report: what lists are sorted by.</summary>
    public DateTimeOffset LastActivityAt { get; private set; }

    /// <summary>The second that <see cref="LastActivityAt"/> lies in: an index on it is rewritten once a second and not by every report.</summary>
    public DateTimeOffset LastActivitySecond { get; private set; }

    public int SessionCount { get; private set; }

    /// <summary>Sessions whose expiry isn't on record.</summary>
    public int ActiveSessionCount { get; private set; }

    /// <summary>
    /// Of the session with the newest report: its status while it lives, <see cref="SessionState.Expired"/> when it fell silent while
    /// running. When it expired otherwise, the status of the newest living session; null without one.
    /// </summary>
    public SessionState? LatestStatus { get; private set; }

    /// <summary>The message of that session's newest report; null when it had none.</summary>
    public string? LatestMessage { get; private set; }

    /// <summary>Counts the changes of the agent's sessions, so that what was read before can be told from what is there now.</summary>
    public long Version { get; private set; }

    /// <summary>Of an agent that hasn't reported yet.</summary>
    public static AgentActivity None(Guid agentId, Guid ownerId, DateTimeOffset now) => new()
    {
        AgentId = agentId,
        OwnerId = ownerId,
        LastActivityAt = now,
        LastActivitySecond = now.TruncateToSecond(),
    };

    /// <summary>A stored row, for whoever reads rows without an object mapper.</summary>
    public static AgentActivity Restore(
        Guid agentId,
        Guid ownerId,
        DateTimeOffset? lastSeen,
        DateTimeOffset lastActivityAt,
        int sessionCount,
        int activeSessionCount,
        SessionState? latestStatus,
        string? latestMessage,
        long version) => new()
        {
            AgentId = agentId,
            OwnerId = ownerId,
            LastSeen = lastSeen,
            LastActivityAt = lastActivityAt,
            LastActivitySecond = lastActivityAt.TruncateToSecond(),
            SessionCount = sessionCount,
            ActiveSessionCount = activeSessionCount,
            LatestStatus = latestStatus,
            LatestMessage = latestMessage,
            Version = version,
        };

    /// <summary>A session of the agent has just recorded a report.</summary>
    /// <param name="session">As it is after the report.</param>
    /// <param name="isNew">Whether that was its first.</param>
    /// <param name="isRevived">Whether the session's expiry was on record before.</param>
    public void Follow(Session session, bool isNew, bool isRevived)
    {
        LastSeen = session.LastUpdated;
        LastActivityAt = session.LastUpdated;
        LastActivitySecond = session.LastUpdatedSecond;
        SessionCount += isNew ? 1 : 0;
        ActiveSessionCount += isNew || isRevived ? 1 : 0;
        LatestStatus = session.CurrentStatus.ToState(isExpired: false);
        LatestMessage = session.LastMessage;
        Version++;
    }
}
