namespace StackAgent.Application.Events;

/// <summary>The words of <see cref="EventRecord.Type"/>. Clients compare them: never rename one.</summary>
public static class EventTypes
{
    public const string AgentRegistered = "agent.registered";
    public const string AgentUpdated = "agent.updated";
    public const string AgentStatusChanged = "agent.status_changed";
    public const string AgentDeleted = "agent.deleted";

    public const string StackCreated = "stack.created";
    public const string StackUpdated = "stack.updated";
    public const string StackStatusChanged = "stack.status_changed";
    public const string StackDeleted = "stack.deleted";

    public const string SessionStatusChanged = "session.status_changed";
    public const string SessionExpired = "session.expired";
    public const string SessionRecovered = "session.recovered";
    public const string SessionDeleted = "session.deleted";

    public const string EndpointDisabled = "endpoint.disabled";

    /// <summary>What an endpoint is tried out with. Never in the event log, and so in no stream and not among <see cref="Payloads"/>.</summary>
    public const string EndpointTest = "endpoint.test";

    /// <summary>Every type, with the record that its <see cref="EventRecord.Data"/> is made of.</summary>
    public static IReadOnlyDictionary<string, Type> Payloads { get; } = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        [AgentRegistered] = typeof(AgentEvent),
        [AgentUpdated] = typeof(AgentUpdatedEvent),
        [AgentStatusChanged] = typeof(AgentStatusEvent),
        [AgentDeleted] = typeof(AgentEvent),
        [StackCreated] = typeof(StackUpdatedEvent),
        [StackUpdated] = typeof(StackUpdatedEvent),
        [StackStatusChanged] = typeof(StackStatusEvent),
        [StackDeleted] = typeof(StackEvent),
        [SessionStatusChanged] = typeof(SessionStatusEvent),
        [SessionExpired] = typeof(SessionExpiredEvent),
        [SessionRecovered] = typeof(SessionRecoveredEvent),
        [SessionDeleted] = typeof(SessionEvent),
        [EndpointDisabled] = typeof(EndpointDisabledEvent),
    };
}
