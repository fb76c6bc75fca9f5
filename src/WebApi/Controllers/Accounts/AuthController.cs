using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using StackAgent.Application.Accounts;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Controllers.Accounts;

/// <summary>Accounts and logins.</summary>
[ApiController]
[Route("api/auth")]
[RequestSizeLimit(BodyLimit)]
public sealed class AuthController(IMediator mediator, RefreshTokenCookie cookie) : ControllerBase
{
    private const int BodyLimit = 64 * 1024;

    /// <summary>Make an account</summary>
    /// <remarks>The password needs 8 to 128 characters, among them an upper-case letter, a lower-case letter and a digit. `name` is accepted in place of `full_name`.</remarks>
    /// <param name="request">Who registers.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("register", Name = "register")]
    [AllowAnonymous]
    [TypeFilter<LoginThrottleFilter>]
    [ProducesResponseType<RegisterResponse>(StatusCodes.Status201Created)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    [ProducesResponseType(StatusCodes.Status429TooManyRequests)]
    public async Task<IActionResult> Register(RegisterUser request, CancellationToken cancellationToken) =>
        Created("/api/auth/me", RegisterResponse.From(await mediator.Send(request, cancellationToken)));

    /// <summary>Log in</summary>
    /// <remarks>The refresh token comes in the body and in a cookie, with `use_cookies=true` in the cookie alone.</remarks>
    /// <param name="request">E-mail address and password.</param>
    /// <param name="useCookies">Leave the refresh token out of the body.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("login", Name = "login")]
    [AllowAnonymous]
    [TypeFilter<LoginThrottleFilter>]
    [ProducesResponseType<LoginResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status401Unauthorized)]
    [ProducesResponseType(StatusCodes.Status429TooManyRequests)]
    public async Task<IActionResult> LogIn(
        LogIn request, [FromQuery(Name = "use_cookies")] bool useCookies, CancellationToken cancellationToken) =>
        await mediator.Send(request, cancellationToken) is { } tokens
            ? LoggedIn(tokens, useCookies)
            : Refused("invalid email or password");

    /// <summary>Exchange a refresh token for new tokens</summary>
    /// <remarks>Takes the token from the body, else from the cookie. Each refresh token is good for one exchange; using a spent one again ends its login.</remarks>
    /// <param name="body">The refresh token, where there is no cookie.</param>
    /// <param name="useCookies">Leave the refresh token out of the body.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("refresh", Name = "refresh")]
    [AllowAnonymous]
    [ProducesResponseType<LoginResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status401Unauthorized)]
    public async Task<IActionResult> Refresh(
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] RefreshTokenBody? body,
        [FromQuery(Name = "use_cookies")] bool useCookies,
        CancellationToken cancellationToken)
    {
        if (RefreshTokenOf(body) is not { } refreshToken)
            return Refused("A refresh token is needed, in the body or in the cookie. Log in again.");

        return await mediator.Send(new RefreshLogin(refreshToken), cancellationToken) is { } tokens
            ? LoggedIn(tokens, useCookies)
            : Refused("This refresh token is invalid, spent or expired. Log in again.");
    }

    /// <summary>Log out</summary>
    /// <remarks>Ends the login that the cookie, the refresh token in the body or the access token belongs to; with `all=true` every login of the user.</remarks>
    /// <param name="body">The refresh token, where there is no cookie.</param>
    /// <param name="all">End every login of the user, on every device.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("logout", Name = "logout")]
    [AllowAnonymous]
    [ProducesResponseType<MessageResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status401Unauthorized)]
    public async Task<IActionResult> LogOut(
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] RefreshTokenBody? body,
        [FromQuery] bool all,
        CancellationToken cancellationToken)
    {
        cookie.Delete(Response);
        string?[] refreshTokens = [body?.RefreshToken, RefreshTokenCookie.Read(Request)];
        var accessTokenId = CallerIdentity.Of(HttpContext)?.TokenId;
        var ended = await mediator.Send(new LogOut([.. refreshTokens.OfType<string>()], accessTokenId, all), cancellationToken);

        // Logging out of a login that is over already is fine; claiming to have ended all logins of nobody is not.
        return ended || !all
            ? Ok(new MessageResponse("logged out successfully"))
            : Refused("To log out everywhere, send a valid access token or refresh token.");
    }

    /// <summary>Show the caller's account</summary>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("me", Name = "getMe")]
    [Authorize(Policies.AccessTokenOnly)]
    [ProducesResponseType<UserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> GetMe(CancellationToken cancellationToken) =>
        Ok(UserResponse.From(await mediator.Send(new GetMe(), cancellationToken)));

    /// <summary>Change the caller's account</summary>
    /// <remarks>What is null or absent stays as it is; an empty `notification_webhook_url` clears it.</remarks>
    /// <param name="request">What changes.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPut("me", Name = "updateMe")]
    [Authorize(Policies.AccessTokenOnly)]
    [ProducesResponseType<UserResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> UpdateMe(UpdateMe request, CancellationToken cancellationToken) =>
        Ok(UserResponse.From(await mediator.Send(request, cancellationToken)));

    /// <summary>Change the caller's password</summary>
    /// <remarks>Ends every login of the user but this one. API keys go on working: revoke those that others may know.</remarks>
    /// <param name="request">The password as it is and as it will be.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPut("password", Name = "changePassword")]
    [Authorize(Policies.AccessTokenOnly)]
    [TypeFilter<LoginThrottleFilter>]
    [ProducesResponseType<MessageResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status429TooManyRequests)]
    public async Task<IActionResult> ChangePassword(PasswordChange request, CancellationToken cancellationToken)
    {
        await mediator.Send(new ChangePassword(AccessTokenId, request.CurrentPassword, request.NewPassword), cancellationToken);
        return Ok(new MessageResponse("The password is changed, and every other login has ended."));
    }

    /// <summary>List the caller's logins</summary>
    /// <remarks>Those that haven't ended, the one used last first; at most 100.</remarks>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("logins", Name = "listLogins")]
    [Authorize(Policies.AccessTokenOnly)]
    [ProducesResponseType<LoginsResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> ListLogins(CancellationToken cancellationToken) =>
        Ok(LoginsResponse.From(await mediator.Send(new ListLogins(AccessTokenId), cancellationToken)));

    /// <summary>End a login</summary>
    /// <remarks>On whatever device it is: its tokens are refused from now on. Ending it twice is the same as once.</remarks>
    /// <param name="id">The login's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpDelete("logins/{id}", Name = "endLogin")]
    [Authorize(Policies.AccessTokenOnly)]
    [ProducesResponseType<MessageResponse>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status404NotFound)]
    public async Task<IActionResult> EndLogin(Guid id, CancellationToken cancellationToken)
    {
        await mediator.Send(new EndLogin(id), cancellationToken);
        return Ok(new MessageResponse("The login has ended."));
    }

    private Guid AccessTokenId =>
        CallerIdentity.Of(HttpContext)?.TokenId ?? throw new InvalidOperationException("The policy lets in nobody without an access token.");

    private string? RefreshTokenOf(RefreshTokenBody? body) =>
        string.IsNullOrEmpty(body?.RefreshToken) ? RefreshTokenCookie.Read(Request) : body.RefreshToken;

    private OkObjectResult LoggedIn(LoginTokens tokens, bool useCookies)
    {
        cookie.Write(Response, tokens.RefreshToken, tokens.RefreshTokenLifetime);
        Response.Headers.CacheControl = "no-store";
        return Ok(LoginResponse.From(tokens, withRefreshToken: !useCookies));
    }

    private static ProblemAnswer Refused(string detail) => new(StatusCodes.Status401Unauthorized, detail);
}
