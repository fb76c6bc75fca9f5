using Microsoft.AspNetCore.Http.Features;
using StackAgent.Application.Common.Runtimes;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace StackAgent.WebApi.Forwarding;

/// <summary>Passes requests on to agents as an ingress does: for anybody, streaming both ways, nothing held in memory.</summary>
internal sealed class AgentForwarder(
    IHttpForwarder forwarder, AgentTransformer transformer, HttpMessageInvoker agents, ForwardingOptions options, TimeProvider time, ILogger<AgentForwarder> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

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

        await ForwardAsync(context, target, new AgentRef(stackId, agentId));
    }

    /// <summary>
    /// Passes the request on. When no connection can be made, nothing of the request has left, and it is tried again at the address that the agent
    /// has then: it may be just being replaced. A connection that ends without an answer, as that of a process which is ending, costs a second
    /// try where that is safe (RFC 9110, 9.2.2).
    /// </summary>
    private async Task ForwardAsync(HttpContext context, ForwardedTarget target, AgentRef agent)
    {
        var endpoints = context.RequestServices.GetRequiredService<IAgentEndpoints>();
        var began = time.GetTimestamp();
        var maySendAgain = IsSafe(context.Request);
        for (var (attempt, pause) = (0, FirstPause); ; attempt++, pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            var isLast = time.GetElapsedTime(began) + pause >= options.ConnectPatience;
            switch (await endpoints.FindAsync(agent, context.RequestAborted))
            {
                case AgentEndpoint.Found found:
                    using (found.Call)
                    {
                        var outcome = await SendAsync(context, target, found.Address, mayTryAgain: !isLast, maySendAgain);
                        if (outcome == Outcome.Answered)
                            return;
                        maySendAgain &= outcome != Outcome.Lost;
                    }

                    break;
                case AgentEndpoint.NotReady notReady when attempt == 0 || isLast:
                    await AnswerNotReadyAsync(context, notReady.Reason);
                    return;
                case AgentEndpoint.NotReady:
                    break;
                default:
                    await context.WriteProblemAsync(StatusCodes.Status404NotFound, "There is no such agent.");
                    return;
            }

            try
            {
                await Task.Delay(pause, time, context.RequestAborted);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Passes the request on to an address.</summary>
    private async Task<Outcome> SendAsync(HttpContext context, ForwardedTarget target, Uri address, bool mayTryAgain, bool maySendAgain)
    {
        context.KeepErrorAnswersAsTheyAre();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
            bodySize.MaxRequestBodySize = null;

        context.Features.Set(target);
        var error = await forwarder.SendAsync(context, address.GetLeftPart(UriPartial.Authority), agents, Request, transformer);
        if (error == ForwarderError.None || context.RequestAborted.IsCancellationRequested)
            return Outcome.Answered;

        var cause = context.GetForwarderErrorFeature()?.Exception;
        logger.LogDebug(cause, "Forwarding to an agent ended with {Error}", error);
        if (context.Response.HasStarted)
            return Outcome.Answered;

        var status = context.Response.StatusCode;
        var isUnreachable = IsUnreachable(cause);
        context.Response.Clear();
        SecurityHeaders.Apply(context.Response);
        if (isUnreachable && mayTryAgain)
            return Outcome.NotSent;
        if (error == ForwarderError.Request && cause is HttpRequestException && !isUnreachable && mayTryAgain && maySendAgain)
            return Outcome.Lost;

        if (isUnreachable)
            await AnswerNotReadyAsync(context, "The agent doesn't accept connections at the moment.");
        else if (status is >= 400 and < 500)
            await context.WriteProblemAsync(status);
        else
            await context.WriteProblemAsync(StatusCodes.Status502BadGateway);
        return Outcome.Answered;
    }

    /// <summary>
    /// Whether no connection came about: it was refused, or took too long, as with an agent that gets more calls at once than it accepts. Nothing else
    /// has a limit of time here.
    /// </summary>
    private static bool IsUnreachable(Exception? cause) => cause
        is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
        or OperationCanceledException { InnerException: TimeoutException };

    /// <summary>Whether doing it twice is the same as doing it once, and it can be sent twice.</summary>
    private static bool IsSafe(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    private static Task AnswerNotReadyAsync(HttpContext context, string reason)
    {
        context.Response.Headers.RetryAfter = "2";
        return context.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, reason);
    }

    private enum Outcome
    {
        Answered,

        /// <summary>Nothing of the request has left.</summary>
        NotSent,

        /// <summary>The agent may have got the request; no answer came.</summary>
        Lost,
    }
}
