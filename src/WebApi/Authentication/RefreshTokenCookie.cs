namespace StackAgent.WebApi.Authentication;

/// <summary>
/// The cookie that keeps a browser logged in. Out of reach of scripts, and sent to <c>/api/auth</c> alone. The calls that act on it are
/// POSTs, to which browsers don't attach a SameSite=Lax cookie when another site sends them: that is the protection against CSRF.
/// </summary>
/// <param name="secure">For HTTPS only.</param>
public sealed class RefreshTokenCookie(bool secure)
{
    public const string Name = "refresh_token";
    private const string Path = "/api/auth";

    public static string? Read(HttpRequest request) => request.Cookies[Name] is { Length: > 0 } token ? token : null;

    public void Write(HttpResponse response, string token, TimeSpan lifetime) => response.Cookies.Append(Name, token, Options(lifetime));

    public void Delete(HttpResponse response) => response.Cookies.Delete(Name, Options(lifetime: null));

    private CookieOptions Options(TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = secure,
        Path = Path,
        MaxAge = lifetime,
        IsEssential = true,
    };
}
