using System.Diagnostics;

namespace StackAgent.WebApi.Telemetry;

/// <summary>Keeps out of requests' spans what may be a secret: every query, and the paths of agents' own pages, which are theirs.</summary>
internal static class RequestSpans
{
    public static void Redact(Activity span, HttpContext context)
    {
        span.SetTag("url.query", null);
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } pattern } && pattern.Contains("**", StringComparison.Ordinal))
            span.SetTag("url.path", pattern);
    }
}
