using StackAgent.Domain.Common;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Models;

/// <summary>The query parameter <c>wait</c>: how long a call may wait for the end of what it began.</summary>
internal static class WaitParameter
{
    private static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromMinutes(10);

    /// <summary>Seconds, or a duration such as <c>1m30s</c>; null when it is absent. Throws <see cref="ValidationFailedException"/> for all else.</summary>
    public static TimeSpan? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;

        return GoDuration.TryParse(text, out var wait) && wait >= Min && wait <= Max
            ? wait
            : throw new ValidationFailedException("wait", "This must be a number of seconds or a duration, from 1 s to 10 min, such as 120s or 2m.");
    }
}
