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

    /// <summary>Any good credential. What it may do is decided where it is known what is asked for.</summary>
    public const string AnyCredential = "any-credential";
}

/// <summary>The names of authentication schemes.</summary>
public static class Schemes
{
    /// <summary>The only one: takes every credential there is.</summary>
    public const string Any = "StackAgent";
}
