using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Streaming;

/// <summary>An action's answer that is a log, as text or as JSON lines, for as long as there is something to read.</summary>
/// <param name="lines">What to send.</param>
/// <param name="isFollowed">Whether it goes on with what comes, and so takes one of the places for followers.</param>
public sealed class LogAnswer(IAsyncEnumerable<LogLine> lines, bool isFollowed) : ActionResult
{
    public override async Task ExecuteResultAsync(ActionContext context)
    {
        var http = context.HttpContext;
        if (LogLineWriter.For(http.Request) is not { } writer)
        {
            await http.WriteProblemAsync(
                StatusCodes.Status406NotAcceptable, $"The answer is a log: send Accept: {LogLineWriter.PlainText} or {LogLineWriter.JsonLines}.");
            return;
        }

        using var place = isFollowed ? http.RequestServices.GetRequiredService<LogFollowers>().TryEnter(CallerIdentity.Of(http)?.UserId ?? Guid.Empty) : null;
        if (isFollowed && place is null)
        {
            http.Response.Headers.RetryAfter = UnavailableException.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            await http.WriteProblemAsync(
                StatusCodes.Status429TooManyRequests, $"This account follows {LogFollowers.MaxOfOwner} logs, as many as it may; end one, or try again later.");
            return;
        }

        await ActivatorUtilities.CreateInstance<LogStream>(http.RequestServices, http, lines, writer).RunAsync();
    }
}
