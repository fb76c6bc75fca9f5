using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Accounts;
using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.Application.Common.Security;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Accounts;

public static class AccountsRegistration
{
    /// <summary>Accounts, API keys and the keys of agents. Needs the persistence and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, AccountOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ILookupNormalizer, EmailNormalizer>();

        // The hasher keeps no state; as a singleton it can make the decoy once.
        services.TryAddSingleton<IPasswordHasher<ApplicationUser>, PasswordHasher<ApplicationUser>>();
        services.AddSingleton<DecoyPassword>();
        services
            .AddIdentityCore<ApplicationUser>(identity =>
            {
                // The domain's rules are checked before, with sentences of our own.
                identity.Password.RequiredLength = 1;
                identity.Password.RequiredUniqueChars = 1;
                identity.Password.RequireDigit = false;
                identity.Password.RequireLowercase = false;
                identity.Password.RequireUppercase = false;
                identity.Password.RequireNonAlphanumeric = false;
                identity.User.AllowedUserNameCharacters = "";
                identity.User.RequireUniqueEmail = false; // The user name is the e-mail address: asking once is enough.
            })
            .AddEntityFrameworkStores<ApplicationDbContext>();

        services.AddScoped<IUserAccounts, UserAccounts>();
        services.AddSingleton<FailedLogins>();
        services.AddHostedService(provider => provider.GetRequiredService<FailedLogins>());
        services.AddSingleton<IAgentKeys, AgentKeys>();
        services.AddSingleton<ApiKeyUsage>();
        services.AddSingleton<IApiKeyUsage>(provider => provider.GetRequiredService<ApiKeyUsage>());
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyUsage>());
        services.AddSingleton<LoginHistoryCleaner>();
        services.AddHostedService(provider => provider.GetRequiredService<LoginHistoryCleaner>());
        return services;
    }
}
