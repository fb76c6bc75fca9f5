using Microsoft.AspNetCore.Http.Features;

namespace StackAgent.WebApi.Paths;

/// <summary>
/// Reads path segments as the client wrote them. ASP.NET Core decodes a path but for <c>%2F</c>, so that <c>a%2Fb</c> (the text a/b) and
/// <c>a%252Fb</c> (the text a%2Fb) look the same in its route values; only the raw request target still tells them apart.
/// </summary>
internal static class RawPath
{
    /// <summary>
    /// The decoded segment that <paramref name="parameter"/> of the matched route stands for. Null when the endpoint has no such parameter;
    /// the route's own value where the server keeps no raw target.
    /// </summary>
    public static string? Find(HttpContext context, string parameter)
    {
        if (context.GetEndpoint() is not RouteEndpoint endpoint || IndexOf(endpoint, parameter) is not (>= 0 and var index))
            return null;

        var segments = Segments(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var before = CountSegments(context.Request.PathBase);
        return segments.Count == before + CountSegments(context.Request.Path)
            ? segments[before + index]
            : context.GetRouteValue(parameter) as string;
    }

    /// <summary>
    /// The decoded segments of a request target in origin form (<c>/a/b?c</c>) or absolute form (<c>http://host/a/b?c</c>). Dot segments are
    /// resolved as the server resolves them, so that both count alike; a slash at the end adds no segment.
    /// </summary>
    public static IReadOnlyList<string> Segments(string rawTarget)
    {
        var end = rawTarget.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? rawTarget : rawTarget[..end];
        if (!path.StartsWith('/'))
        {
            var authority = path.IndexOf("://", StringComparison.Ordinal);
            var start = authority < 0 ? -1 : path.IndexOf('/', authority + "://".Length);
            if (start < 0)
                return [];
            path = path[start..];
        }

        var segments = new List<string>();
        foreach (var encoded in TrimEndSlash(path)[1..].Split('/'))
        {
            var segment = Uri.UnescapeDataString(encoded);
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment is not ("." or ".."))
                segments.Add(segment);
        }

        return segments;
    }

    private static int IndexOf(RouteEndpoint endpoint, string parameter)
    {
        var segments = endpoint.RoutePattern.PathSegments;
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i].Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart part] && part.Name == parameter)
                return i;
        }

        return -1;
    }

    private static int CountSegments(PathString path) => path.HasValue ? TrimEndSlash(path.Value).Count(character => character == '/') : 0;

    private static string TrimEndSlash(string path) => path.Length > 1 && path.EndsWith('/') ? path[..^1] : path;
}
