using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using StackAgent.Application.Accounts;
using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.Domain.Accounts;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Lets status reports in that carry no credential at all, on behalf of the account that the operator named. A wrong credential stays
/// wrong. Only the report endpoint asks this scheme.
/// </summary>
internal sealed class AnonymousReporter(
    IOptionsMonitor<AnonymousReporterOptions> options, ILoggerFactory logger, UrlEncoder encoder, IUserAccounts accounts)
    : AuthenticationHandler<AnonymousReporterOptions>(options, logger, encoder)
{
    public const string SchemeName = "AnonymousReporter";

    /// <summary>The schemes of the report endpoint: every credential there is, and none.</summary>
    public const string SchemesOfReports = $"{Schemes.Any},{SchemeName}";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Options.OwnerEmail is not { } email || Request.Headers.Authorization.Count > 0 || Request.Headers.ContainsKey(Credentials.ApiKeyHeader))
            return AuthenticateResult.NoResult();

        var ownerId = await accounts.FindIdAsync(email, Context.RequestAborted);
        if (ownerId is null)
            return AuthenticateResult.Fail("The account that WEBHOOK_ANONYMOUS_OWNER names doesn't exist yet.");

        Claim[] claims = [new(CallerClaims.UserId, $"{ownerId}"), new(CallerClaims.Scope, ApiKeyScopes.Report.ToNames().Single())];
        var identity = new ClaimsIdentity(claims, SchemeName, CallerClaims.UserId, roleType: null);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    /// <summary>Answering is left to the scheme of the real credentials, which is asked too.</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Task.CompletedTask;

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Task.CompletedTask;
}

internal sealed class AnonymousReporterOptions : AuthenticationSchemeOptions
{
    /// <summary>Null: reports without credentials are refused.</summary>
    public string? OwnerEmail { get; set; }
}

public static class AnonymousReporterRegistration
{
    /// <summary>Register it beside <see cref="AuthenticationRegistration.AddStackAgentAuthentication"/>, also when there is no such owner.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="ownerEmail"><c>WEBHOOK_ANONYMOUS_OWNER</c>; null: reports without credentials are refused.</param>
    public static IServiceCollection AddAnonymousReports(this IServiceCollection services, string? ownerEmail)
    {
        services.AddAuthentication().AddScheme<AnonymousReporterOptions, AnonymousReporter>(
            AnonymousReporter.SchemeName, options => options.OwnerEmail = ownerEmail);
        return services;
    }
}
