using StackAgent.Domain.Agents;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Events;

/// <summary>The agent of an event.</summary>
/// <param name="Id">UUID of the row.</param>
/// <param name="AgentId">The id in paths and reports.</param>
/// <param name="Name">As it was when the event happened.</param>
/// <param name="Kind">Made here, or known by its reports.</param>
/// <param name="StackId">Null for a reported agent.</param>
public sealed record EventAgent(Guid Id, string AgentId, string Name, AgentKind Kind, Guid? StackId)
{
    internal static EventAgent From(AgentSubject agent) => new(agent.Id, agent.Key, agent.Name, agent.Kind, agent.StackId);
}

/// <summary>The session of an event.</summary>
/// <param name="Id">UUID of the row.</param>
/// <param name="SessionTopic">The reporter's own text.</param>
public sealed record EventSession(Guid Id, string SessionTopic)
{
    internal static EventSession From(SessionSubject session) => new(session.Id, session.Topic);
}

/// <summary>The stack of an event.</summary>
/// <param name="Id">UUID of the row.</param>
/// <param name="Name">As it was when the event happened.</param>
public sealed record EventStack(Guid Id, string Name);

/// <summary>An agent came or went.</summary>
/// <param name="Agent">Which agent.</param>
public sealed record AgentEvent(EventAgent Agent);

/// <summary>An agent's name or description was changed.</summary>
/// <param name="Agent">Which agent, with its new name.</param>
/// <param name="Description">The new one.</param>
public sealed record AgentUpdatedEvent(EventAgent Agent, string? Description);

/// <summary>An agent's deployment status, or what explains it, changed.</summary>
/// <param name="Agent">Which agent.</param>
/// <param name="PreviousStatus">The same as <paramref name="Status"/> where only the explanation changed.</param>
/// <param name="Status">The new one.</param>
/// <param name="StatusReason">A stable word for the cause; null when there is nothing to explain.</param>
/// <param name="StatusMessage">A sentence for a person; null when there is nothing to explain.</param>
public sealed record AgentStatusEvent(
    EventAgent Agent, AgentStatus PreviousStatus, AgentStatus Status, string? StatusReason, string? StatusMessage);

/// <summary>A stack is gone.</summary>
/// <param name="Stack">Which stack.</param>
public sealed record StackEvent(EventStack Stack);

/// <summary>A stack was made, or its name or description was changed.</summary>
/// <param name="Stack">Which stack, with its new name.</param>
/// <param name="Description">The new one.</param>
public sealed record StackUpdatedEvent(EventStack Stack, string? Description);

/// <summary>A stack's status, or what explains it, changed.</summary>
/// <param name="Stack">Which stack.</param>
/// <param name="PreviousStatus">The same as <paramref name="Status"/> where only the explanation changed.</param>
/// <param name="Status">The new one.</param>
/// <param name="StatusReason">A stable word for the cause; null when there is nothing to explain.</param>
/// <param name="StatusMessage">A sentence for a person; null when there is nothing to explain.</param>
public sealed record StackStatusEvent(
    EventStack Stack, StackStatus PreviousStatus, StackStatus Status, string? StatusReason, string? StatusMessage);

/// <summary>A session is gone.</summary>
/// <param name="Agent">Whose session.</param>
/// <param name="Session">Which session.</param>
public sealed record SessionEvent(EventAgent Agent, EventSession Session);

/// <summary>A report changed what a session is doing.</summary>
/// <param name="Agent">Whose session.</param>
/// <param name="Session">Which session.</param>
/// <param name="PreviousStatus">Null for a session's first report.</param>
/// <param name="Status">What the report said.</param>
/// <param name="Message">The report's message; null when it had none.</param>
/// <param name="Content">The report's content; null when it had none.</param>
/// <param name="DurationSeconds">How long the session's run has taken, or took when this report ended it; null when it never ran.</param>
public sealed record SessionStatusEvent(
    EventAgent Agent,
    EventSession Session,
    SessionState? PreviousStatus,
    SessionState Status,
    string? Message,
    string? Content,
    double? DurationSeconds);

/// <summary>No report came for a session's TTL.</summary>
/// <param name="Agent">Whose session.</param>
/// <param name="Session">Which session.</param>
/// <param name="PreviousStatus">What its newest report had said.</param>
/// <param name="Status">What it is called from now on: <c>expired</c> when it had been running, else as before.</param>
/// <param name="ExpiredAt">The end of its TTL.</param>
public sealed record SessionExpiredEvent(
    EventAgent Agent, EventSession Session, SessionStatus PreviousStatus, SessionState Status, DateTimeOffset ExpiredAt);

/// <summary>A session that had expired got a report and lives again.</summary>
/// <param name="Agent">Whose session.</param>
/// <param name="Session">Which session.</param>
/// <param name="Status">What the report said.</param>
/// <param name="Message">The report's message; null when it had none.</param>
public sealed record SessionRecoveredEvent(EventAgent Agent, EventSession Session, SessionState Status, string? Message);

/// <summary>The notification endpoint of an event. Its address may hold the receiver's secret, and the event may go to other receivers: only the host is told.</summary>
/// <param name="Id">UUID of the row.</param>
/// <param name="Kind">Made over the API, or the account's <c>notification_webhook_url</c>.</param>
/// <param name="Host">The host of its address.</param>
/// <param name="Description">Its owner's words; null when there are none.</param>
public sealed record EventEndpoint(Guid Id, EndpointKind Kind, string Host, string? Description);

/// <summary>An endpoint gets no more notifications, because of how it answered.</summary>
/// <param name="Endpoint">Which endpoint.</param>
/// <param name="Reason"><c>gone</c>: it answered 410. <c>failing</c>: every try of the last five days failed.</param>
/// <param name="FailingSince">The first failure after which nothing succeeded; null when there was none.</param>
public sealed record EndpointDisabledEvent(EventEndpoint Endpoint, EndpointDisabledReason Reason, DateTimeOffset? FailingSince);

/// <summary>An endpoint's owner tries it out.</summary>
/// <param name="Endpoint">Which endpoint.</param>
/// <param name="Message">A sentence for whoever reads it.</param>
public sealed record EndpointTestEvent(EventEndpoint Endpoint, string Message);

/// <summary>In a notification that stands for several failures alike, beside what the first of them said.</summary>
/// <param name="Count">How many.</param>
/// <param name="FirstAt">When the first of them happened.</param>
/// <param name="LastAt">When the last of them happened.</param>
/// <param name="SessionIds">UUIDs of their sessions, at most a hundred; empty where sessions have no part in it.</param>
public sealed record RepeatedFailures(int Count, DateTimeOffset FirstAt, DateTimeOffset LastAt, IReadOnlyList<Guid> SessionIds);
