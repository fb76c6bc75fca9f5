namespace StackAgent.WebApi.Authentication;

/// <summary>For answers that may outlast their credential: whether it would still be taken.</summary>
internal sealed class CredentialCheck(ApiKeyCallers apiKeys, AccessTokens accessTokens)
{
    /// <summary>False once the key is revoked, the login has ended, or either has expired.</summary>
    public async Task<bool> IsValidAsync(HttpRequest request, CancellationToken cancellationToken) =>
        await FindAsync(request, cancellationToken) is not null;

    private ValueTask<CallerIdentity?> FindAsync(HttpRequest request, CancellationToken cancellationToken) =>
        Credentials.Find(request, out var credential) switch
        {
            CredentialKind.ApiKey => apiKeys.FindAsync(credential, cancellationToken),
            CredentialKind.AccessToken => accessTokens.FindAsync(credential, cancellationToken),
            _ => default,
        };
}
