using System.Diagnostics;
using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// One commit of gathered reports, as metrics and as a span of its own: it belongs to none of the requests that wait for it, and is linked to
/// them. A default one measures nothing.
/// </summary>
internal readonly struct CommitTelemetry : IDisposable
{
    /// <summary>A span of a large batch names some of its requests; each of them has its own span anyway.</summary>
    private const int MaxLinks = 32;

    private static readonly Histogram<int> BatchSize = Instrumentation.Meter.CreateHistogram(
        "stackagent.reports.batch.size",
        "{report}",
        "Status reports committed by one transaction.",
        tags: null,
        new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500] });

    private static readonly Histogram<double> Duration = Instrumentation.Meter.CreateHistogram(
        "stackagent.reports.commit.duration", "s", "How long it took to commit a batch of status reports, repetitions included.", tags: null, Instrumentation.Seconds);

    private readonly Activity? _span;
    private readonly long _started;
    private readonly int _size;

    private CommitTelemetry(int size, Activity? span)
    {
        _span = span;
        _size = size;
        _started = Stopwatch.GetTimestamp();
    }

    public static ActivityContext CurrentCaller() =>
        Instrumentation.Activities.HasListeners() && Activity.Current is { Recorded: true } caller ? caller.Context : default;

    public static CommitTelemetry Begin(List<PendingReport> batch)
    {
        var isTraced = Instrumentation.Activities.HasListeners();
        if (!isTraced && !Duration.Enabled && !BatchSize.Enabled)
            return default;

        var span = isTraced ? Instrumentation.StartRoot("commit status reports", links: Links(batch)) : null;
        span?.SetTag("stackagent.reports.batch.size", batch.Count);
        return new CommitTelemetry(batch.Count, span);
    }

    public void Committed()
    {
        if (_size == 0)
            return;

        BatchSize.Record(_size);
        Duration.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, new KeyValuePair<string, object?>(Instrumentation.Outcome, "committed"));
    }

    public void Failed(WriteFailure failure)
    {
        if (_size == 0)
            return;

        var reason = failure switch
        {
            WriteFailure.LostRace => "lost_race",
            WriteFailure.Unavailable => "unavailable",
            _ => "poisoned",
        };
        _span?.SetTag(Instrumentation.ErrorType, reason).SetStatus(ActivityStatusCode.Error);
        Duration.Record(
            Stopwatch.GetElapsedTime(_started).TotalSeconds,
            new KeyValuePair<string, object?>(Instrumentation.Outcome, "failed"),
            new KeyValuePair<string, object?>(Instrumentation.ErrorType, reason));
    }

    public void Dispose() => _span?.Dispose();

    private static IEnumerable<ActivityLink> Links(List<PendingReport> batch) => batch
        .Select(report => report.Group)
        .Distinct()
        .Where(group => group.Caller != default)
        .Take(MaxLinks)
        .Select(group => new ActivityLink(group.Caller));
}
