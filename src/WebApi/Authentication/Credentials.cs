using StackAgent.Domain.Accounts;

namespace StackAgent.WebApi.Authentication;

/// <summary>Finds the credential in a request.</summary>
internal static class Credentials
{
    public const string ApiKeyHeader = "X-API-Key";
    private const string BearerPrefix = "Bearer ";

    /// <summary>What tells which scheme a request is for: the form of what it carries. <c>Authorization</c> goes before <c>X-API-Key</c>.</summary>
    public static string SchemeOf(HttpContext context) => ApiKeyOf(context.Request) is null ? Schemes.AccessToken : Schemes.ApiKey;

    /// <summary>The API key that the request carries, right or wrong; null when it carries none or something else.</summary>
    public static string? ApiKeyOf(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var token = authorization[BearerPrefix.Length..].Trim();
            return Secret.IsApiKeyForm(token) ? token : null;
        }

        var header = request.Headers[ApiKeyHeader].ToString().Trim();
        return header.Length > 0 ? header : null;
    }
}
