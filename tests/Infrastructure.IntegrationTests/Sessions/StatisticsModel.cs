using StackAgent.Application.Sessions;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

/// <summary>The statistics as one would count them by hand.</summary>
internal static class StatisticsModel
{
    public static AgentFigures Count(IReadOnlyList<StatusReport> history, DateTimeOffset from, DateTimeOffset to)
    {
        from = Micro(from);
        to = Micro(to);
        var reports = history.Where(report => report.ReceivedAt >= from && report.ReceivedAt < to).ToList();
        var runs = history.GroupBy(report => report.SessionId).SelectMany(Runs).Where(run => run.End >= from && run.End < to).ToList();
        var durations = runs.Select(run => (run.End - run.Start).Ticks / TimeSpan.TicksPerMicrosecond).Order().ToList();
        return new AgentFigures(
            "agent",
            runs.Count(run => run.Status == SessionStatus.Success),
            runs.Count(run => run.Status == SessionStatus.Failed),
            Percentile(durations, 50),
            Percentile(durations, 95),
            reports.Count,
            [.. reports
                .GroupBy(report => new DateTimeOffset(report.ReceivedAt.Year, report.ReceivedAt.Month, report.ReceivedAt.Day, report.ReceivedAt.Hour, 0, 0, TimeSpan.Zero))
                .OrderBy(hour => hour.Key)
                .Select(hour => new HourlyReports(hour.Key, hour.Count()))]);
    }

    private static IEnumerable<(DateTimeOffset Start, DateTimeOffset End, SessionStatus Status)> Runs(IEnumerable<StatusReport> session)
    {
        DateTimeOffset? start = null;
        foreach (var report in session.OrderBy(report => report.Sequence))
        {
            if (report.Status == SessionStatus.Running)
                start ??= report.ReceivedAt;
            if (!report.Status.IsTerminal())
                continue;
            if (start is { } began)
                yield return (began, report.ReceivedAt, report.Status);
            start = null;
        }
    }

    /// <summary>As PostgreSQL's <c>percentile_cont</c>, in whole microseconds.</summary>
    private static TimeSpan? Percentile(List<long> sorted, int percent)
    {
        if (sorted.Count == 0)
            return null;

        var place = percent * (sorted.Count - 1) / 100m;
        var low = sorted[(int)Math.Floor(place)];
        var high = sorted[(int)Math.Ceiling(place)];
        return new TimeSpan((low + (long)((high - low) * (place - Math.Floor(place)))) * TimeSpan.TicksPerMicrosecond);
    }

    private static DateTimeOffset Micro(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
