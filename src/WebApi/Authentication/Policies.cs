namespace StackAgent.WebApi.Authentication;

/// <summary>Who may call an action; every action names one of these or allows anonymous callers.</summary>
public static class Policies
{
    /// <summary>A person who logged in. For the account itself and its keys.</summary>
    public const string AccessTokenOnly = "access-token-only";

    /// <summary>An access token, or an API key with scope <c>read</c> that isn't bound to an agent.</summary>
    public const string Read = "read";

    /// <summary>An access token, or an API key with scope <c>write</c> that isn't bound to an agent.</summary>
    public const string Write = "write";

    /// <summary>
    /// An access token, or an API key with scope <c>report</c>. A key bound to an agent passes too: the use case holds it to
    /// <see cref="Application.Common.Security.ICurrentUser.BoundAgentId"/>.
    /// </summary>
    public const string Report = "report";
}

/// <summary>The names of authentication schemes.</summary>
public static class Schemes
{
    /// <summary>Chooses one of the others by the credential's form.</summary>
    public const string Any = "StackAgent";

    public const string AccessToken = "AccessToken";

    public const string ApiKey = "ApiKey";
}

/// <summary>The types of claims that a caller's credential gives.</summary>
internal static class CallerClaims
{
    public const string UserId = "sub";
    public const string TokenId = "jti";

    /// <summary>What tells an access token from any other token that this server may sign.</summary>
    public const string TokenType = "type";

    public const string AccessTokenType = "access";

    /// <summary>One for each scope of an API key. An access token has none: it isn't limited by scopes.</summary>
    public const string Scope = "stackagent:scope";

    /// <summary>The agent that an API key is bound to.</summary>
    public const string AgentId = "stackagent:agent";
}
