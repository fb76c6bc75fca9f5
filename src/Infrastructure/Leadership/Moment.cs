using System.Runtime.InteropServices;

namespace StackAgent.Infrastructure.Leadership;

/// <summary>
/// A point in this machine's time. What has passed since is told by the steady clock and by the one on the wall, and the longer one counts: the steady one stands
/// still while a machine sleeps or is moved, and a wall clock that jumps ahead does no harm here.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Moment
{
    private readonly long _steady;
    private readonly DateTimeOffset _wall;

    private Moment(long steady, DateTimeOffset wall)
    {
        _steady = steady;
        _wall = wall;
    }

    public static Moment Now(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());

    public TimeSpan Elapsed(TimeProvider time)
    {
        var (steady, wall) = (time.GetElapsedTime(_steady), time.GetUtcNow() - _wall);
        return wall > steady ? wall : steady;
    }
}
