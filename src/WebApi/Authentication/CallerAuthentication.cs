using Microsoft.AspNetCore.Authentication;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Says who makes a request, by the form of what it carries: an API key (<c>Authorization: Bearer sak_…</c> or <c>X-API-Key</c>), an access
/// token, or nothing at all where the endpoint takes that. One handler for all of them, without the framework's base class: this runs
/// before every status report.
/// </summary>
internal sealed class CallerAuthentication(ApiKeyCallers apiKeys, AccessTokens accessTokens, AnonymousReports anonymousReports) : IAuthenticationHandler
{
    /// <summary>Said of a good API key that may not do this.</summary>
    public const string KeyIsNotEnough = "This API key doesn't allow this call: its scopes don't cover it, or it needs a person's access token.";

    private static readonly Task<AuthenticateResult> Nothing = Task.FromResult(AuthenticateResult.NoResult());
    private static readonly AuthenticateResult Refused = AuthenticateResult.Fail("The credential is unknown, or no longer counts.");

    private HttpContext? _context;

    private HttpContext Context => _context ?? throw new InvalidOperationException("The handler isn't initialised.");

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        _context = context;
        return Task.CompletedTask;
    }

    public Task<AuthenticateResult> AuthenticateAsync()
    {
        var finding = Credentials.Find(Context.Request, out var credential) switch
        {
            CredentialKind.ApiKey => apiKeys.FindAsync(credential, Context.RequestAborted),
            CredentialKind.AccessToken => accessTokens.FindAsync(credential, Context.RequestAborted),
            CredentialKind.None when Context.GetEndpoint()?.Metadata.GetMetadata<AllowAnonymousReportsAttribute>() is not null =>
                anonymousReports.FindOwnerAsync(Context.RequestAborted),
            _ => (ValueTask<CallerIdentity?>?)null,
        };
        return finding is { } caller ? AnswerAsync(caller) : Nothing;
    }

    public Task ChallengeAsync(AuthenticationProperties? properties) => Context.WriteProblemAsync(
        StatusCodes.Status401Unauthorized, ShowsApiKey() ? "This API key is unknown, revoked or expired." : null);

    public Task ForbidAsync(AuthenticationProperties? properties) => Context.WriteProblemAsync(
        StatusCodes.Status403Forbidden,
        ShowsApiKey() ? KeyIsNotEnough : null);

    private static async Task<AuthenticateResult> AnswerAsync(ValueTask<CallerIdentity?> finding) => (await finding)?.Result ?? Refused;

    private bool ShowsApiKey() => Credentials.Find(Context.Request, out _) == CredentialKind.ApiKey;
}
