using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using StackAgent.Domain.Accounts;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Whom a credential speaks for. Made once for a credential and shared by all requests that show it, at the same time: nothing may add
/// claims to it or change it otherwise.
/// </summary>
internal sealed class CallerIdentity : ClaimsIdentity
{
    public CallerIdentity(string kind, Guid userId)
        : base([new Claim(UserIdClaim, userId.ToString())], kind, UserIdClaim, roleType: null)
    {
        UserId = userId;
        Result = AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(this), Schemes.Any));
    }

    private const string UserIdClaim = "sub";

    public Guid UserId { get; }

    /// <summary>The <c>jti</c> of the access token; null when the caller isn't a person who logged in.</summary>
    public Guid? TokenId { get; init; }

    /// <summary>The API key's row; null for an access token, and for nobody at all.</summary>
    public Guid? ApiKeyId { get; init; }

    /// <summary>What an API key may do. An access token has none: it isn't limited by scopes.</summary>
    public ApiKeyScopes Scopes { get; init; }

    /// <summary>The only agent that an API key may speak for.</summary>
    public Guid? AgentId { get; init; }

    /// <summary>When the credential ends by itself; null for a key that doesn't.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>A person who logged in.</summary>
    public bool IsPerson => TokenId is not null;

    /// <summary>The answer to the framework's question who is calling.</summary>
    public AuthenticateResult Result { get; }

    /// <summary>The caller of a request; null when it showed no good credential.</summary>
    public static CallerIdentity? Of(HttpContext context) => context.User.Identity as CallerIdentity;
}
