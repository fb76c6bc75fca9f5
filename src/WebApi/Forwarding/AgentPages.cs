using Microsoft.Net.Http.Headers;

namespace StackAgent.WebApi.Forwarding;

/// <summary>
/// A sandboxed page has an origin of its own, so that even its calls to the agent which served it are cross-origin to the browser. They are
/// allowed here, unless the agent has rules of its own.
/// </summary>
internal static class AgentPages
{
    private const string OpaqueOrigin = "null";

    /// <summary>Adds what a call by an agent's page needs. False when that is the whole answer and the agent's body isn't wanted.</summary>
    public static bool AllowTheirOwnCalls(HttpContext context)
    {
        var request = context.Request;
        var headers = context.Response.Headers;
        if (request.Headers.Origin != OpaqueOrigin || !ComesFromThisServer(request) || headers.ContainsKey(HeaderNames.AccessControlAllowOrigin))
            return true;

        headers.AccessControlAllowOrigin = OpaqueOrigin;
        headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        if (!HttpMethods.IsOptions(request.Method) || !request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod))
            return true;

        // The agent doesn't know of preflights: its own answer would say no.
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.ContentLength = null;
        headers.Remove(HeaderNames.ContentType);
        headers.Remove(HeaderNames.ContentEncoding);
        headers.AccessControlAllowMethods = request.Headers.AccessControlRequestMethod;
        headers.AccessControlAllowHeaders = request.Headers.AccessControlRequestHeaders;
        return false;
    }

    /// <summary>Any page can have an opaque origin, but no page can make its browser name another server as the referrer.</summary>
    private static bool ComesFromThisServer(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Referer, UriKind.Absolute, out var page)
        && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
