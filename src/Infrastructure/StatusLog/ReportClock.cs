using StackAgent.Application.Common;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// Gives every report of one writer its own moment, each later than the one before, so that sorting by it keeps the order in which
/// reports came. A clock that is set back far is believed at once: waiting for it to catch up would put reports into the future.
/// </summary>
internal sealed class ReportClock(TimeProvider time)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);
    private DateTimeOffset _last;

    public DateTimeOffset Next()
    {
        var now = time.Now();
        if (now <= _last && _last - now < Tolerance)
            now = _last.AddMicroseconds(1);
        return _last = now;
    }
}
