namespace StackAgent.Infrastructure.Common;

/// <summary>Delays between tries: doubling, capped, spread.</summary>
internal static class Backoff
{
    public static TimeSpan Next(TimeSpan delay, TimeSpan max) => delay * 2 < max ? delay * 2 : max;

    /// <summary>Between half of <paramref name="delay"/> and the whole: those who failed together don't come back together.</summary>
    public static TimeSpan Jitter(TimeSpan delay) => delay * (0.5 + (Random.Shared.NextDouble() / 2));
}
