using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Accounts;
using StackAgent.Domain.Accounts;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Marks the endpoint that takes status reports without any credential, on behalf of the account that the operator named. A wrong
/// credential stays wrong there too.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AllowAnonymousReportsAttribute : Attribute;

/// <summary>What the operator decided about reports without a credential.</summary>
/// <param name="OwnerEmail"><c>WEBHOOK_ANONYMOUS_OWNER</c>; null: reports without credentials are refused.</param>
internal sealed record AnonymousReportsOptions(string? OwnerEmail);

/// <summary>To whom reports without a credential belong.</summary>
internal sealed class AnonymousReports : IAsyncDisposable
{
    private readonly AnonymousReportsOptions _options;
    private readonly IServiceScopeFactory _scopes;
    private readonly FreshCache<ValueTuple, CallerIdentity> _owner;

    public AnonymousReports(AnonymousReportsOptions options, IServiceScopeFactory scopes, TimeProvider time, ILogger<AnonymousReports> logger, FreshCacheLimits limits)
    {
        _options = options;
        _scopes = scopes;

        // The account may come into being at any moment, and its owner shall not have to wait for a refusal to pass.
        _owner = new FreshCache<ValueTuple, CallerIdentity>(FindOwnerAsync, time, logger, limits with { RefusalAge = TimeSpan.Zero });
    }

    /// <summary>Null when nobody is named, or whoever is named has no active account.</summary>
    public ValueTask<CallerIdentity?> FindOwnerAsync(CancellationToken cancellationToken) =>
        _options.OwnerEmail is null ? default : _owner.FindAsync(default, cancellationToken);

    public ValueTask DisposeAsync() => _owner.DisposeAsync();

    private async Task<IReadOnlyDictionary<ValueTuple, CallerIdentity>> FindOwnerAsync(
        IReadOnlyCollection<ValueTuple> one, CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<IUserAccounts>();
        return await accounts.FindIdAsync(_options.OwnerEmail!, cancellationToken) is { } ownerId
            ? new Dictionary<ValueTuple, CallerIdentity> { [default] = new("AnonymousReport", ownerId) { Scopes = ApiKeyScopes.Report } }
            : [];
    }
}

public static class AnonymousReportsRegistration
{
    /// <summary>Register it beside <see cref="AuthenticationRegistration.AddStackAgentAuthentication"/>, which alone refuses reports without credentials.</summary>
    /// <param name="services">Where to register.</param>
    /// <param name="ownerEmail"><c>WEBHOOK_ANONYMOUS_OWNER</c>; null: reports without credentials are refused.</param>
    public static IServiceCollection AddAnonymousReports(this IServiceCollection services, string? ownerEmail) =>
        services.Replace(ServiceDescriptor.Singleton(new AnonymousReportsOptions(ownerEmail)));
}
