using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents;

/// <summary>What became of uploads of agents' code.</summary>
internal static class UploadMetrics
{
    private static readonly Counter<long> Uploads = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.uploads", "{upload}", "Uploads of agents' code, dry runs included, by what became of them.");

    private static readonly Histogram<long> Size = Instrumentation.Meter.CreateHistogram(
        "stackagent.uploads.size",
        "By",
        "Sizes of the ZIP files that were accepted.",
        tags: null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [1 << 10, 16 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20, 256 << 20, 1 << 30] });

    public static void Accepted(long bytes)
    {
        Uploads.Add(1, new KeyValuePair<string, object?>(Instrumentation.Outcome, "accepted"));
        Size.Record(bytes);
    }

    public static void Refused(Exception reason) => Uploads.Add(
        1,
        new KeyValuePair<string, object?>(Instrumentation.Outcome, "refused"),
        new KeyValuePair<string, object?>(Instrumentation.ErrorType, ReasonOf(reason)));

    private static string ReasonOf(Exception reason) => reason switch
    {
        ValidationFailedException { Errors: var errors } => errors.ContainsKey("file") ? "code" : "form",
        NotFoundException => "not_found",
        ConflictException => "conflict",
        OperationCanceledException => "broken_off",
        _ => "error",
    };
}
