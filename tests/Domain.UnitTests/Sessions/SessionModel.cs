using StackAgent.Domain.Sessions;

namespace StackAgent.Domain.UnitTests.Sessions;

/// <summary>
/// A report, or with no status somebody's look for expired sessions, and how far the server's clock moved since the step before; backwards
/// too, as clocks do.
/// </summary>
public sealed record Step(SessionStatus? Status, int TtlMinutes, int ClockSeconds);

/// <summary>
/// The session as one would explain it at a whiteboard: keep everything and look through it for each question. Slow, obvious, and the
/// opposite of how <see cref="Session"/> works.
/// </summary>
internal sealed class SessionModel(DateTimeOffset start)
{
    private readonly List<(SessionStatus Status, int Ttl, DateTimeOffset At)> _history = [];
    private DateTimeOffset _clockOfLast;

    public DateTimeOffset Clock { get; private set; } = start;

    public IReadOnlyList<DateTimeOffset> Times => _history.ConvertAll(report => report.At);

    public SessionStatus CurrentStatus => _history[^1].Status;

    public int TtlMinutes => _history.Select(report => report.Ttl).LastOrDefault(ttl => ttl > 0, 30);

    public DateTimeOffset LastUpdated => _history[^1].At;

    public DateTimeOffset ExpiresAt => _clockOfLast + TimeSpan.FromMinutes(TtlMinutes);

    /// <summary>Null unless somebody looked after the session's time was over.</summary>
    public DateTimeOffset? ExpiredAt { get; private set; }

    /// <summary>What the last step is to tell, in words.</summary>
    public IReadOnlyList<string> Told { get; private set; } = [];

    public TimeSpan? Duration => Run() is var (from, to) && from >= 0 ? _history[to].At - _history[from].At : null;

    public DateTimeOffset? StartedAt => Run() is var (from, _) && from >= 0 ? _history[from].At : null;

    public void Apply(Step step)
    {
        Clock = Clock.AddSeconds(step.ClockSeconds);
        var told = new List<string>();
        if (_history.Count > 0 && ExpiredAt is null && Clock >= ExpiresAt)
        {
            ExpiredAt = ExpiresAt;
            told.Add("expired");
        }

        if (step.Status is { } status)
        {
            if (ExpiredAt is not null)
                told.Add("recovered");
            if (_history.Count == 0 || status != CurrentStatus)
                told.Add($"{status}");

            ExpiredAt = null;
            var at = _history.Count == 0 || Clock > LastUpdated ? Clock : LastUpdated.AddMicroseconds(1);
            _clockOfLast = Clock;
            _history.Add((status, step.TtlMinutes, at));
        }

        Told = told;
    }

    /// <summary>The last run as indexes into the history: from its first running report to its terminal one, or to the newest.</summary>
    private (int From, int To) Run()
    {
        (int From, int To) last = (-1, -1);
        for (var from = 0; from < _history.Count; from++)
        {
            if (_history[from].Status != SessionStatus.Running)
                continue;
            var to = _history.FindIndex(from, report => report.Status is SessionStatus.Success or SessionStatus.Failed);
            if (to < 0)
                return (from, _history.Count - 1);
            last = (from, to);
            from = to;
        }

        return last;
    }
}
