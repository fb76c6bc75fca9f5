using MediatR;
using StackAgent.Application.Accounts;
using StackAgent.Application.Accounts.ApiKeys;

namespace StackAgent.WebApi.Authentication;

/// <summary>The credentials in use on this server, as the database knew them a moment ago.</summary>
internal sealed class CredentialCache : ICredentialCache, IAsyncDisposable
{
    private readonly IServiceScopeFactory _scopes;

    public CredentialCache(IServiceScopeFactory scopes, TimeProvider time, ILogger<CredentialCache> logger, FreshCacheLimits limits)
    {
        _scopes = scopes;
        ApiKeys = new FreshCache<CredentialHash, KnownApiKey>(FindApiKeysAsync, time, logger, limits);
        Logins = new FreshCache<Guid, TokenLogin>(FindLoginsAsync, time, logger, limits);
    }

    /// <summary>API keys in force, by their hash. Whether one has expired is for its user to see.</summary>
    public FreshCache<CredentialHash, KnownApiKey> ApiKeys { get; }

    /// <summary>Logins that last, by the <c>jti</c> of their access tokens.</summary>
    public FreshCache<Guid, TokenLogin> Logins { get; }

    public void ForgetApiKey(Guid keyId) => ApiKeys.Forget(key => key.KeyId == keyId);

    public void ForgetLogin(Guid familyId) => Logins.Forget(login => login.FamilyId == familyId);

    public async ValueTask DisposeAsync()
    {
        await ApiKeys.DisposeAsync();
        await Logins.DisposeAsync();
    }

    private async Task<IReadOnlyDictionary<CredentialHash, KnownApiKey>> FindApiKeysAsync(
        IReadOnlyCollection<CredentialHash> hashes, CancellationToken cancellationToken)
    {
        var found = await SendAsync(new FindApiKeys([.. hashes.Select(hash => hash.ToBytes())]), cancellationToken);
        return found.ToDictionary(key => CredentialHash.From(key.Hash), key => new KnownApiKey(key));
    }

    private async Task<IReadOnlyDictionary<Guid, TokenLogin>> FindLoginsAsync(IReadOnlyCollection<Guid> tokenIds, CancellationToken cancellationToken)
    {
        var found = await SendAsync(new FindLogins(tokenIds), cancellationToken);
        return found.ToDictionary(login => login.TokenId);
    }

    private async Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellationToken);
    }
}

/// <summary>Keeps the answers for credentials in use fresh: a question each a second, however many credentials there are.</summary>
internal sealed class CredentialRefresh(CredentialCache cache, FreshCacheLimits limits, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(limits.RefreshInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Fails only with the database, which the cache has logged then; what isn't refreshed grows too old by itself.
            await Task.WhenAll(cache.ApiKeys.RefreshAsync(stoppingToken), cache.Logins.RefreshAsync(stoppingToken))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
