using Microsoft.Extensions.Primitives;

namespace StackAgent.WebApi.Forwarding;

/// <summary>Keeps the cookies of the platform and of each agent apart, though all share one origin.</summary>
internal static class AgentCookies
{
    /// <summary>The platform's own; no agent gets to see it.</summary>
    private const string RefreshToken = "refresh_token";

    /// <summary>The <c>Cookie</c> header without the platform's own cookies; null when nothing is left.</summary>
    public static string? WithoutOurs(StringValues header)
    {
        var cookies = header
            .SelectMany(line => (line ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(cookie => !string.Equals(NameOf(cookie), RefreshToken, StringComparison.OrdinalIgnoreCase));
        return string.Join("; ", cookies) is { Length: > 0 } rest ? rest : null;
    }

    /// <summary><c>Set-Cookie</c> headers that reach no further than <paramref name="prefix"/>, whatever the agent asked for.</summary>
    public static StringValues Confined(StringValues header, string prefix) => header
        .OfType<string>()
        .Select(cookie => cookie.Split(';', StringSplitOptions.TrimEntries))
        .Select(parts => string.Join("; ", parts
            .Where((part, index) => index == 0 || NameOf(part).ToLowerInvariant() is not ("path" or "domain" or ""))
            .Append($"Path={prefix}")))
        .ToArray();

    private static string NameOf(string part) => part.Split('=', 2)[0].Trim();
}
