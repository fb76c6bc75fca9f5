using System.Collections.Concurrent;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using StackAgent.Application.Common.Security;
using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Authentication;

/// <summary>Limits how often a user may call an action, by 429 with <c>Retry-After</c>. Each server counts for itself.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LimitPerUserAttribute : TypeFilterAttribute
{
    public LimitPerUserAttribute(int perMinute)
        : base(typeof(UserThrottleFilter)) => Arguments = [perMinute];
}

internal sealed class UserThrottle(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, AttemptCounter> _counters = new(StringComparer.Ordinal);

    /// <summary>Null when the call may go on, else how long to wait.</summary>
    public TimeSpan? Refuse(string action, Guid userId, int perMinute) =>
        _counters.GetOrAdd(action, static (_, limit) => new AttemptCounter(limit.Time, limit.PerMinute, Window), (Time: time, PerMinute: perMinute))
            .TryCount(userId.ToString(), out var wait)
            ? null
            : wait;
}

internal sealed class UserThrottleFilter(int perMinute, UserThrottle throttle, ICurrentUser user) : IAsyncActionFilter
{
    public async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next)
    {
        if (throttle.Refuse(context.ActionDescriptor.Id, user.Id, perMinute) is { } wait)
        {
            ThrottleMetrics.Refused("calls");
            context.Result = new TooManyAnswer("calls", wait);
        }
        else
        {
            await next();
        }
    }
}
