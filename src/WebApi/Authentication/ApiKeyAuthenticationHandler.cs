using System.Security.Claims;
using System.Text.Encodings.Web;
using MediatR;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Authentication;

/// <summary>Accepts API keys as <c>Authorization: Bearer sak_…</c> or <c>X-API-Key: sak_…</c>.</summary>
internal sealed class ApiKeyAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IMediator mediator)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Credentials.ApiKeyOf(Request) is not { } key)
            return AuthenticateResult.NoResult();

        if (await mediator.Send(new AuthenticateApiKey(key), Context.RequestAborted) is not { } caller)
            return AuthenticateResult.Fail("The API key is unknown, revoked or expired.");

        var claims = caller.Scopes.ToNames()
            .Select(scope => new Claim(CallerClaims.Scope, scope))
            .Append(new Claim(CallerClaims.UserId, caller.OwnerId.ToString()));
        if (caller.AgentId is { } agentId)
            claims = claims.Append(new Claim(CallerClaims.AgentId, agentId.ToString()));

        var identity = new ClaimsIdentity(claims, Schemes.ApiKey, CallerClaims.UserId, roleType: null);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Context.WriteProblemAsync(StatusCodes.Status401Unauthorized, "This API key is unknown, revoked or expired.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Context.WriteProblemAsync(
        StatusCodes.Status403Forbidden, "This API key doesn't allow this call: its scopes don't cover it, or it needs a person's access token.");
}
