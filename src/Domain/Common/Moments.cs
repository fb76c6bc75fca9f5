namespace StackAgent.Domain.Common;

internal static class Moments
{
    /// <summary>The beginning of the second that the moment lies in.</summary>
    public static DateTimeOffset TruncateToSecond(this DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
