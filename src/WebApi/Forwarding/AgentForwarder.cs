using Microsoft.AspNetCore.Http.Features;
using StackAgent.Application.Common.Runtimes;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace StackAgent.WebApi.Forwarding;

/// <summary>Passes requests on to agents as an ingress does: for anybody, streaming both ways, nothing held in memory.</summary>
internal sealed class AgentForwarder(
    IHttpForwarder forwarder, AgentTransformer transformer, HttpMessageInvoker agents, ILogger<AgentForwarder> logger)
{
    private static readonly ForwarderRequestConfig Request = new()
    {
        Version = System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        // An agent may think for long, and a stream may be silent for long.
        ActivityTimeout = Timeout.InfiniteTimeSpan,
        AllowResponseBuffering = false,
    };

    public async Task ForwardAsync(HttpContext context)
    {
        var target = ForwardedTarget.Of(context);
        if (!Guid.TryParse(context.Request.RouteValues["stackId"]?.ToString(), out var stackId)
            || !Guid.TryParse(context.Request.RouteValues["agentId"]?.ToString(), out var agentId))
        {
            await context.WriteProblemAsync(StatusCodes.Status404NotFound, "There is no such agent.");
            return;
        }

        if (target.LacksSlash)
        {
            // Without it relative links of the agent's pages would lead beside the agent. 308 keeps method and body.
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = $"{target.Prefix}/{target.Query}";
            return;
        }

        var endpoints = context.RequestServices.GetRequiredService<IAgentEndpoints>();
        switch (await endpoints.FindAsync(new AgentRef(stackId, agentId), context.RequestAborted))
        {
            case AgentEndpoint.Found found:
                await ForwardAsync(context, target, found.Address);
                break;
            case AgentEndpoint.NotReady notReady:
                await AnswerNotReadyAsync(context, notReady.Reason);
                break;
            default:
                await context.WriteProblemAsync(StatusCodes.Status404NotFound, "There is no such agent.");
                break;
        }
    }

    private async Task ForwardAsync(HttpContext context, ForwardedTarget target, Uri address)
    {
        context.KeepErrorAnswersAsTheyAre();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
            bodySize.MaxRequestBodySize = null;

        context.Features.Set(target);
        var error = await forwarder.SendAsync(context, address.GetLeftPart(UriPartial.Authority), agents, Request, transformer);
        if (error == ForwarderError.None || context.RequestAborted.IsCancellationRequested)
            return;

        var cause = context.GetForwarderErrorFeature()?.Exception;
        logger.LogDebug(cause, "Forwarding to an agent ended with {Error}", error);
        if (context.Response.HasStarted)
            return;

        var status = context.Response.StatusCode;
        context.Response.Clear();
        SecurityHeaders.Apply(context.Response);
        if (cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError })
            await AnswerNotReadyAsync(context, "The agent doesn't accept connections at the moment.");
        else if (status is >= 400 and < 500)
            await context.WriteProblemAsync(status);
        else
            await context.WriteProblemAsync(StatusCodes.Status502BadGateway);
    }

    private static Task AnswerNotReadyAsync(HttpContext context, string reason)
    {
        context.Response.Headers.RetryAfter = "2";
        return context.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, reason);
    }
}
