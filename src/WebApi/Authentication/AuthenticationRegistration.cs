using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common.Security;

namespace StackAgent.WebApi.Authentication;

public static class AuthenticationRegistration
{
    /// <summary>Who is calling, and what they may do. Needs <see cref="AccountOptions"/> and a <see cref="TimeProvider"/>.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="secureCookies">Whether cookies are for HTTPS only, as they are in production.</param>
    public static IServiceCollection AddStackAgentAuthentication(this IServiceCollection services, bool secureCookies)
    {
        services.AddHttpContextAccessor();
        services.AddScoped<ICurrentUser, CurrentUser>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<ITokenIssuer>(provider => provider.GetRequiredService<AccessTokens>());
        services.AddSingleton(new RefreshTokenCookie(secureCookies));
        services.AddSingleton<LoginThrottle>();

        services
            .AddAuthentication(Schemes.Any)
            .AddPolicyScheme(Schemes.Any, displayName: null, policy => policy.ForwardDefaultSelector = Credentials.SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthenticationHandler>(Schemes.ApiKey, configureOptions: null)
            .AddJwtBearer(Schemes.AccessToken);
        services.AddOptions<JwtBearerOptions>(Schemes.AccessToken).Configure<AccessTokens>((bearer, tokens) => tokens.Configure(bearer));

        var accessToken = new AuthorizationPolicyBuilder().RequireAssertion(context => HasAccessToken(context)).RequireAuthenticatedUser().Build();
        services.AddAuthorizationBuilder()
            .SetDefaultPolicy(accessToken)
            .AddPolicy(Policies.AccessTokenOnly, accessToken)
            .AddPolicy(Policies.Read, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => HasFreeScope(context, "read")))
            .AddPolicy(Policies.Write, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => HasFreeScope(context, "write")))
            .AddPolicy(Policies.Report, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => HasScope(context, "report")));
        return services;
    }

    private static bool HasAccessToken(AuthorizationHandlerContext context) =>
        context.User.HasClaim(CallerClaims.TokenType, CallerClaims.AccessTokenType);

    private static bool HasScope(AuthorizationHandlerContext context, string scope) =>
        HasAccessToken(context) || context.User.HasClaim(CallerClaims.Scope, scope);

    /// <summary>A key bound to an agent sees and changes nothing of its owner's, whatever scopes it may ever get.</summary>
    private static bool HasFreeScope(AuthorizationHandlerContext context, string scope) =>
        HasScope(context, scope) && !context.User.HasClaim(claim => claim.Type == CallerClaims.AgentId);
}
