using Microsoft.AspNetCore.Http.Features;

namespace StackAgent.WebApi.Forwarding;

/// <summary>What a request to an agent asks for.</summary>
/// <param name="Prefix">The agent's path on this server, without a trailing slash; what the agent doesn't see.</param>
/// <param name="PathAndQuery">The rest, exactly as the caller encoded it; empty when the slash after the prefix is missing.</param>
/// <param name="Query">With its question mark, or empty.</param>
internal sealed record ForwardedTarget(string Prefix, string PathAndQuery, string Query)
{
    public bool LacksSlash => !PathAndQuery.StartsWith('/');

    public static ForwardedTarget Of(HttpContext context)
    {
        var prefix = $"/stacks/{context.Request.RouteValues["stackId"]}/agents/{context.Request.RouteValues["agentId"]}";
        var query = context.Request.QueryString.Value ?? "";
        var raw = PathOf(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (raw.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && (raw.Length == prefix.Length || raw[prefix.Length] is '/' or '?'))
            return new ForwardedTarget(prefix, raw[prefix.Length..], query);

        // The prefix itself is encoded in an unusual way, so the server's own reading of the path has to do.
        var rest = context.Request.Path.Value?[prefix.Length..] ?? "";
        return new ForwardedTarget(prefix, (rest.Length == 0 ? "" : new PathString(rest).ToUriComponent()) + query, query);
    }

    /// <summary>A request may name its target with scheme and host, as to a proxy.</summary>
    private static string PathOf(string rawTarget)
    {
        if (rawTarget.StartsWith('/'))
            return rawTarget;

        var authority = rawTarget.IndexOf("://", StringComparison.Ordinal);
        var path = authority < 0 ? -1 : rawTarget.IndexOf('/', authority + 3);
        return path < 0 ? "" : rawTarget[path..];
    }
}
