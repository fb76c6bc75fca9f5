using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Events;

/// <summary>Composes the events of sessions, in the words of the wire.</summary>
public static class SessionEvents
{
    /// <summary>A report changed what the session is doing.</summary>
    /// <param name="agent">Whose session.</param>
    /// <param name="session">Which session.</param>
    /// <param name="change">What the report changed.</param>
    /// <param name="at">When.</param>
    public static EventRecord StatusChanged(AgentSubject agent, SessionSubject session, SessionStatusChanged change, DateTimeOffset at) =>
        Record(
            agent,
            session,
            EventTypes.SessionStatusChanged,
            at,
            EventJson.Write(new SessionStatusEvent(
                EventAgent.From(agent),
                EventSession.From(session),
                change.Previous?.ToState(isExpired: false),
                change.Current.ToState(isExpired: false),
                change.Message,
                change.Content,
                change.Duration?.TotalSeconds)));

    /// <summary>No report came for the session's TTL.</summary>
    /// <param name="agent">Whose session.</param>
    /// <param name="session">Which session.</param>
    /// <param name="lastStatus">What its newest report had said.</param>
    /// <param name="expiredAt">The end of its TTL.</param>
    /// <param name="at">When that was put on record.</param>
    public static EventRecord Expired(
        AgentSubject agent, SessionSubject session, SessionStatus lastStatus, DateTimeOffset expiredAt, DateTimeOffset at) =>
        Record(
            agent,
            session,
            EventTypes.SessionExpired,
            at,
            EventJson.Write(new SessionExpiredEvent(
                EventAgent.From(agent), EventSession.From(session), lastStatus, lastStatus.ToState(isExpired: true), expiredAt)));

    /// <summary>The session had expired, and a report brought it back.</summary>
    /// <param name="agent">Whose session.</param>
    /// <param name="session">Which session.</param>
    /// <param name="status">What the report said.</param>
    /// <param name="message">The report's message; null when it had none.</param>
    /// <param name="at">When.</param>
    public static EventRecord Recovered(
        AgentSubject agent, SessionSubject session, SessionState status, string? message, DateTimeOffset at) =>
        Record(
            agent,
            session,
            EventTypes.SessionRecovered,
            at,
            EventJson.Write(new SessionRecoveredEvent(EventAgent.From(agent), EventSession.From(session), status, message)));

    /// <summary>The session's row is gone. When it goes with its agent, the agent's own event says so for all of them.</summary>
    public static EventRecord Deleted(AgentSubject agent, SessionSubject session, DateTimeOffset at) =>
        Record(
            agent,
            session,
            EventTypes.SessionDeleted,
            at,
            EventJson.Write(new SessionEvent(EventAgent.From(agent), EventSession.From(session))));

    /// <summary>What a session raised, as a row; null for what happens inside only.</summary>
    public static EventRecord? From(AgentSubject agent, SessionSubject session, IDomainEvent happened, DateTimeOffset at) => happened switch
    {
        SessionStatusChanged change => StatusChanged(agent, session, change, at),
        SessionExpired expiry => Expired(agent, session, expiry.LastStatus, expiry.ExpiredAt, at),
        SessionRecovered recovery => Recovered(agent, session, recovery.Status.ToState(isExpired: false), recovery.Message, at),
        _ => null,
    };

    private static EventRecord Record(AgentSubject agent, SessionSubject session, string type, DateTimeOffset at, string data) => new()
    {
        OwnerId = agent.OwnerId,
        Type = type,
        At = at,
        StackId = agent.StackId,
        AgentId = agent.Id,
        AgentKey = agent.Key,
        SessionId = session.Id,
        Data = data,
    };
}
