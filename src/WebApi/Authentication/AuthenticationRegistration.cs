using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;

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
        services.AddSingleton<IRequestOrigin, RequestOrigin>();
        services.AddSingleton(new RefreshTokenCookie(secureCookies));
        services.AddSingleton<LoginThrottle>();
        services.AddSingleton<UserThrottle>();
        services.AddSingleton<CredentialCheck>();

        services.TryAddSingleton(new FreshCacheLimits());
        services.AddSingleton<CredentialCache>();
        services.AddSingleton<ICredentialCache>(provider => provider.GetRequiredService<CredentialCache>());
        services.AddHostedService<CredentialRefresh>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<ITokenIssuer>(provider => provider.GetRequiredService<AccessTokens>());
        services.AddSingleton<ApiKeyCallers>();
        services.TryAddSingleton(new AnonymousReportsOptions(OwnerEmail: null));
        services.AddSingleton<AnonymousReports>();
        services.AddTransient<CallerAuthentication>();
        services.AddAuthentication(authentication =>
        {
            authentication.DefaultScheme = Schemes.Any;
            authentication.AddScheme<CallerAuthentication>(Schemes.Any, displayName: null);
        });

        var person = Policy(caller => caller.IsPerson);
        services.AddAuthorizationBuilder()
            .SetDefaultPolicy(person)
            .AddPolicy(Policies.AccessTokenOnly, person)
            .AddPolicy(Policies.AnyCredential, Policy(_ => true))
            .AddPolicy(Policies.Read, Policy(caller => MayFreely(caller, ApiKeyScopes.Read)))
            .AddPolicy(Policies.Write, Policy(caller => MayFreely(caller, ApiKeyScopes.Write)))
            .AddPolicy(Policies.Report, Policy(caller => May(caller, ApiKeyScopes.Report)));
        return services;
    }

    private static AuthorizationPolicy Policy(Func<CallerIdentity, bool> mayPass) => new AuthorizationPolicyBuilder()
        .RequireAssertion(context => context.User.Identity is CallerIdentity caller && mayPass(caller))
        .Build();

    private static bool May(CallerIdentity caller, ApiKeyScopes scope) => caller.IsPerson || caller.Scopes.HasFlag(scope);

    /// <summary>A key bound to an agent sees and changes nothing of its owner's, whatever scopes it may ever get.</summary>
    private static bool MayFreely(CallerIdentity caller, ApiKeyScopes scope) => May(caller, scope) && caller.AgentId is null;
}
