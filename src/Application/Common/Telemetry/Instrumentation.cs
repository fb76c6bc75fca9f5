using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace StackAgent.Application.Common.Telemetry;

/// <summary>
/// Where every metric and span of the product comes from. Each module keeps its own instruments in one file of its folder, and docs/metrics.md
/// lists them all. While nobody listens an instrument costs a look at a field.
/// </summary>
public static class Instrumentation
{
    public const string Name = "StackAgent";

    /// <summary>The attribute that says how something ended.</summary>
    public const string Outcome = "outcome";

    /// <summary>The attribute that says why something failed, by a word of a short list.</summary>
    public const string ErrorType = "error.type";

    public static Meter Meter { get; } = new(Name);

    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Bounds in seconds for what takes between a millisecond and a minute.</summary>
    public static InstrumentAdvice<double> Seconds { get; } = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    /// <summary>Begins a span that belongs to no request, whatever runs around it.</summary>
    public static Activity? StartRoot(string name, IEnumerable<ActivityLink>? links = null)
    {
        if (!Activities.HasListeners())
            return null;

        Activity.Current = null;
        return Activities.StartActivity(name, ActivityKind.Internal, default(ActivityContext), tags: null, links);
    }
}
