using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.StatusReports;

namespace StackAgent.WebApi.Limits;

/// <summary>
/// Answers 429 with <c>Retry-After</c> to whoever calls the API too often. What agents answer for themselves, the interface's files and the health checks
/// aren't counted: they cost little, and a check that is refused would end a server that works.
/// </summary>
internal sealed class RateLimitMiddleware(RequestDelegate next, RequestRates rates)
{
    private static readonly PathString[] Counted = ["/api", "/webhook", "/mcp"];

    /// <summary>Whether calls of such an address are counted.</summary>
    public static bool Counts(PathString path)
    {
        foreach (var prefix in Counted)
        {
            if (path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (!Counts(context.Request.Path))
            return next(context);

        var isReport = context.GetEndpoint()?.Metadata.GetMetadata<AnsweredDirectlyAttribute>() is not null;
        if (rates.Refuse(context, isReport) is not { } wait)
            return next(context);

        ThrottleMetrics.Refused("rate");
        return context.WriteTooManyAsync("calls", wait);
    }
}
