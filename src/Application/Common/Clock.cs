namespace StackAgent.Application.Common;

public static class Clock
{
    /// <summary>
    /// The present moment in UTC, cut to whole microseconds: what both databases can hold, so that a value answered now and read
    /// back later is the same.
    /// </summary>
    public static DateTimeOffset Now(this TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }
}
