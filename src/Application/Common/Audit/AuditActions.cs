namespace StackAgent.Application.Common.Audit;

/// <summary>What the audit trail knows: <c>resource.happened</c>. Clients compare these words: never rename one.</summary>
public static class AuditActions
{
    public const string StackCreated = "stack.created";
    public const string StackUpdated = "stack.updated";
    public const string StackDeleted = "stack.deleted";
    public const string StackMuted = "stack.muted";
    public const string StackUnmuted = "stack.unmuted";

    public const string AgentCreated = "agent.created";
    public const string AgentUpdated = "agent.updated";
    public const string AgentDeleted = "agent.deleted";
    public const string AgentMuted = "agent.muted";
    public const string AgentUnmuted = "agent.unmuted";
    public const string AgentCodeChanged = "agent.code_changed";
    public const string AgentConfigChanged = "agent.config_changed";
    public const string AgentRolledBack = "agent.rolled_back";
    public const string AgentRestarted = "agent.restarted";
    public const string AgentStopped = "agent.stopped";
    public const string AgentStarted = "agent.started";

    public const string SessionDeleted = "session.deleted";

    public const string ApiKeyCreated = "api_key.created";
    public const string ApiKeyRevoked = "api_key.revoked";

    public const string EndpointCreated = "notification_endpoint.created";
    public const string EndpointUpdated = "notification_endpoint.updated";
    public const string EndpointDeleted = "notification_endpoint.deleted";
    public const string EndpointSecretRotated = "notification_endpoint.secret_rotated";
    public const string EndpointTested = "notification_endpoint.tested";
    public const string EndpointRedelivered = "notification_endpoint.redelivered";

    public const string AccountRegistered = "account.registered";
    public const string AccountLoggedIn = "account.logged_in";
    public const string AccountLoginFailed = "account.login_failed";
    public const string AccountLoggedOut = "account.logged_out";
    public const string AccountUpdated = "account.updated";
    public const string AccountPasswordChanged = "account.password_changed";

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        StackCreated, StackUpdated, StackDeleted, StackMuted, StackUnmuted,
        AgentCreated, AgentUpdated, AgentDeleted, AgentMuted, AgentUnmuted, AgentCodeChanged, AgentConfigChanged, AgentRolledBack, AgentRestarted,
        AgentStopped, AgentStarted,
        SessionDeleted,
        ApiKeyCreated, ApiKeyRevoked,
        EndpointCreated, EndpointUpdated, EndpointDeleted, EndpointSecretRotated, EndpointTested, EndpointRedelivered,
        AccountRegistered, AccountLoggedIn, AccountLoginFailed, AccountLoggedOut, AccountUpdated, AccountPasswordChanged,
    ];
}

/// <summary>The kinds of resources in the audit trail, as on the wire.</summary>
public static class AuditResources
{
    public const string Stack = "stack";
    public const string Agent = "agent";
    public const string Session = "session";
    public const string ApiKey = "api_key";
    public const string NotificationEndpoint = "notification_endpoint";
    public const string Account = "account";

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Stack, Agent, Session, ApiKey, NotificationEndpoint, Account];
}
