using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Events;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Streaming;

/// <summary>An action's answer that is a stream of events. It lasts until the client or the server ends it.</summary>
/// <param name="filter">Which events.</param>
/// <param name="lastEventId">The last id that the client has seen; null begins with what happens from now on.</param>
public sealed class EventStreamAnswer(EventFilter filter, long? lastEventId) : ActionResult
{
    public const string ContentType = "text/event-stream";

    public override async Task ExecuteResultAsync(ActionContext context)
    {
        var http = context.HttpContext;
        if (!IsAcceptable(http.Request))
        {
            await http.WriteProblemAsync(StatusCodes.Status406NotAcceptable, $"The answer is a stream of events: send Accept: {ContentType}.");
            return;
        }

        using var subscription = http.RequestServices.GetRequiredService<IEventHub>().Open(filter);
        if (subscription is null)
        {
            http.Response.Headers.RetryAfter = UnavailableException.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            await http.WriteProblemAsync(
                StatusCodes.Status429TooManyRequests, "This account has as many event streams open as it may have; close one, or try again later.");
            return;
        }

        await ActivatorUtilities.CreateInstance<EventStream>(http.RequestServices, http, filter, subscription).RunAsync(lastEventId);
    }

    private static bool IsAcceptable(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return accepted.Count == 0 || accepted.Any(type => type.Quality is not 0 && (type.MatchesAllTypes || type.MatchesMediaType(ContentType)
            || (type.MatchesAllSubTypes && type.Type.Equals("text", StringComparison.OrdinalIgnoreCase))));
    }
}
