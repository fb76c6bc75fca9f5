using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace StackAgent.WebApi.Forwarding;

/// <summary>
/// What changes on the way to an agent and back: the prefix goes, and what an agent says may not reach beyond it, since agents share
/// their origin with the API (ADR 10).
/// </summary>
internal sealed class AgentTransformer(ServerSettings settings) : HttpTransformer
{
    /// <summary>Pages of agents run, but in an origin of their own that no page shares: they can't read the API's cookies, storage or answers.</summary>
    public const string Sandbox = "sandbox allow-scripts allow-forms allow-popups allow-downloads allow-modals";

    /// <summary>Headers that speak for the whole origin.</summary>
    private static readonly string[] OriginWideHeaders =
    [
        "Accept-CH", "Alt-Svc", "Clear-Site-Data", "Expect-CT", "NEL", "Origin-Agent-Cluster", "Public-Key-Pins", "Report-To", "Reporting-Endpoints",
        "Service-Worker-Allowed", "Set-Login", "Strict-Transport-Security",
    ];

    /// <summary>What a caller could claim about itself; said anew or not at all.</summary>
    private static readonly string[] ForwardedHeaders =
    [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Real-IP",
    ];

    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);

        var target = httpContext.Features.GetRequiredFeature<ForwardedTarget>();
        proxyRequest.RequestUri = new Uri(destinationPrefix + target.PathAndQuery, AsItIs);

        var headers = proxyRequest.Headers;
        foreach (var name in ForwardedHeaders)
            headers.Remove(name);
        var request = httpContext.Request;
        headers.TryAddWithoutValidation("X-Forwarded-Prefix", target.Prefix);
        headers.TryAddWithoutValidation("X-Forwarded-Proto", settings.PublicUrl?.Scheme ?? request.Scheme);
        headers.TryAddWithoutValidation("X-Forwarded-Host", request.Host.Value);
        if (httpContext.Connection.RemoteIpAddress is { } caller)
            headers.TryAddWithoutValidation("X-Forwarded-For", (caller.IsIPv4MappedToIPv6 ? caller.MapToIPv4() : caller).ToString());

        if (headers.NonValidated.Contains(HeaderNames.Cookie))
        {
            headers.Remove(HeaderNames.Cookie);
            if (AgentCookies.WithoutOurs(request.Headers.Cookie) is { Length: > 0 } cookies)
                headers.TryAddWithoutValidation(HeaderNames.Cookie, cookies);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var target = httpContext.Features.GetRequiredFeature<ForwardedTarget>();
        var response = httpContext.Response;
        SecurityHeaders.Remove(response);
        var copyBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
            return copyBody;

        foreach (var name in OriginWideHeaders)
            response.Headers.Remove(name);
        if (response.Headers.SetCookie is { Count: > 0 } cookies)
            response.Headers.SetCookie = AgentCookies.Confined(cookies, target.Prefix);
        response.Headers.Append(HeaderNames.ContentSecurityPolicy, Sandbox);
        return AgentPages.AllowTheirOwnCalls(httpContext) && copyBody;
    }
}
