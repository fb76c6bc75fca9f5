using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>
/// How far a pod's log has been read. Kubernetes can go on only from the beginning of a second, so it is counted how many lines since then were read:
/// as many are left out the next time. A container that follows another in its pod writes later than that one, so the position holds across both.
/// </summary>
internal sealed class LogPosition
{
    private int _read;

    /// <summary>From where to ask for the log; null: from its beginning.</summary>
    public DateTimeOffset? Second { get; private set; }

    /// <summary>Time of the newest line that was read; null: none yet.</summary>
    public DateTimeOffset? Newest { get; private set; }

    /// <summary>Whether lines of that second before those that were counted may be in the log: it was read from its end.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>The log is read from somewhere in its middle.</summary>
    public void BeginInTheMiddle() => IsPartial = true;

    public void Advance(LogEntry entry)
    {
        var second = new DateTimeOffset(entry.Time.Ticks - (entry.Time.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        if (Second is null || second > Second)
        {
            IsPartial &= Second is null;
            Second = second;
            _read = 0;
        }

        if (second == Second)
            _read++;
        if (Newest is null || entry.Time > Newest)
            Newest = entry.Time;
    }

    /// <summary>To be asked of each line of a log that is read on from <see cref="Second"/>.</summary>
    public Overlap Resume() => new(Newest, IsPartial ? int.MaxValue : _read);

    /// <summary>The lines that are there twice.</summary>
    /// <param name="newest">Of those that were read.</param>
    /// <param name="count">How many there are at most.</param>
    internal sealed class Overlap(DateTimeOffset? newest, int count)
    {
        private int _left = count;
        private bool _isFirst = true;

        /// <summary>The log doesn't go on where it was left: some of it may be missing.</summary>
        public bool IsTorn { get; private set; }

        /// <summary>Whether the line was read before.</summary>
        public bool Covers(LogEntry entry)
        {
            var isKnown = _left > 0 && entry.Time <= newest;
            _left = isKnown ? _left - 1 : 0;
            IsTorn = _isFirst && !isKnown && newest is not null;
            _isFirst = false;
            return isKnown;
        }
    }
}
