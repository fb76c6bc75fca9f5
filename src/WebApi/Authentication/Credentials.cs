using StackAgent.Domain.Accounts;

namespace StackAgent.WebApi.Authentication;

/// <summary>What a request shows to say who is calling.</summary>
internal enum CredentialKind
{
    /// <summary>Nothing at all.</summary>
    None,

    /// <summary>Something that was never a credential here.</summary>
    Other,

    AccessToken,
    ApiKey,
}

/// <summary>Finds the credential in a request.</summary>
internal static class Credentials
{
    public const string ApiKeyHeader = "X-API-Key";
    private const string BearerPrefix = "Bearer ";

    /// <summary>The credential, right or wrong, and its kind by its form. <c>Authorization: Bearer</c> goes before <c>X-API-Key</c>.</summary>
    public static CredentialKind Find(HttpRequest request, out ReadOnlySpan<char> credential)
    {
        var headers = request.Headers;
        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
        {
            credential = authorization.AsSpan(BearerPrefix.Length).Trim();
            return credential.StartsWith(Secret.ApiKeyPrefix, StringComparison.Ordinal) ? CredentialKind.ApiKey : CredentialKind.AccessToken;
        }

        var hasHeader = headers.TryGetValue(ApiKeyHeader, out var header);
        credential = header.ToString().AsSpan().Trim();
        if (credential.Length > 0)
            return CredentialKind.ApiKey;

        return hasHeader || headers.Authorization.Count > 0 ? CredentialKind.Other : CredentialKind.None;
    }
}
