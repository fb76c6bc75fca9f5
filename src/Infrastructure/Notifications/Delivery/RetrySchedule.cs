using StackAgent.Application.Notifications;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>When a notification is tried again.</summary>
internal static class RetrySchedule
{
    /// <summary>How far a delay may be from what the schedule says, as a part of it: those that failed together don't come back together.</summary>
    public const double Jitter = 0.1;

    /// <summary>After the first failure, the second and so on. After one more it is given up.</summary>
    public static IReadOnlyList<TimeSpan> Delays { get; } =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(10),
    ];

    /// <summary>How long to wait after so many tries, all of which failed; null: there will be no more.</summary>
    /// <param name="attempts">At least 1.</param>
    /// <param name="retryAfter">What the receiver asked for at the last try; null when it didn't.</param>
    public static TimeSpan? After(int attempts, TimeSpan? retryAfter)
    {
        if (attempts > Delays.Count)
            return null;

        var delay = Delays[attempts - 1] * (1 - Jitter + (2 * Jitter * Random.Shared.NextDouble()));
        var asked = retryAfter ?? TimeSpan.Zero;
        if (asked > SendResult.MaxRetryAfter)
            asked = SendResult.MaxRetryAfter;
        return asked > delay ? asked : delay;
    }
}
