using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Limits;

/// <summary>The answer to one too many: 429 with <c>Retry-After</c>.</summary>
internal static class TooMany
{
    /// <summary>Answers so.</summary>
    /// <param name="context">The request.</param>
    /// <param name="what">Of what there were too many, for people.</param>
    /// <param name="wait">After which the next may come.</param>
    public static Task WriteTooManyAsync(this HttpContext context, string what, TimeSpan wait)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return context.WriteProblemAsync(StatusCodes.Status429TooManyRequests, $"Too many {what}. Try again in {seconds} {(seconds == 1 ? "second" : "seconds")}.");
    }
}

/// <summary>The same as an action's or filter's answer.</summary>
internal sealed class TooManyAnswer(string what, TimeSpan wait) : ActionResult
{
    public override Task ExecuteResultAsync(ActionContext context) => context.HttpContext.WriteTooManyAsync(what, wait);
}

/// <summary>Something was refused because the caller does as much of it at the same time as anybody may.</summary>
internal sealed class TooManyAtOnceException(string message) : Exception(message)
{
    /// <summary>After how long it is worth trying again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
}
