namespace StackAgent.WebApi.Hosting;

internal static class SecurityHeaders
{
    /// <summary>Set before the endpoint runs, so that an endpoint which knows better (the docs page, an agent's answer) can replace them.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        Apply(context.Response);
        return next(context);
    });

    /// <summary>For answers that are data: nothing in them is run, framed, guessed or told to others.</summary>
    public static void Apply(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.XFrameOptions = "DENY";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }

    /// <summary>For answers that are somebody else's.</summary>
    public static void Remove(HttpResponse response)
    {
        response.Headers.Remove("X-Content-Type-Options");
        response.Headers.Remove("X-Frame-Options");
        response.Headers.Remove("Referrer-Policy");
        response.Headers.Remove("Content-Security-Policy");
    }
}
