using System.Diagnostics;
using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Application.Deployment;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>The work on one key, as a metric and a span of its own.</summary>
internal sealed class KeyTelemetry : IDisposable
{
    private static readonly Histogram<double> Duration = Instrumentation.Meter.CreateHistogram(
        "stackagent.reconcile.key.duration", "s", "How long the reconciler worked on a stack or an agent.", tags: null, Instrumentation.Seconds);

    private static readonly Counter<long> Errors = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.runtime.errors", "{error}", "What the runtime didn't do for the reconciler, by its reason.");

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly ReconcileKey _key;
    private readonly Activity? _span;
    private bool _hasFailed;

    public KeyTelemetry(ReconcileKey key)
    {
        _key = key;
        _span = Instrumentation.StartRoot("reconcile " + Kind);
        _span?.SetTag("stackagent.reconcile.id", key.Id.ToString());
    }

    private string Kind => _key.Kind switch
    {
        ReconcileKind.Stack => "stack",
        ReconcileKind.Orphan => "orphan",
        _ => "agent",
    };

    public void Failed(Exception exception)
    {
        _hasFailed = true;

        // Reasons of the runtime are words of a short list; of anything else the message stays in the log.
        var reason = (exception as RuntimeException)?.Reason ?? "InternalError";
        _span?.SetTag(Instrumentation.ErrorType, reason).SetStatus(ActivityStatusCode.Error);
        Errors.Add(1, new KeyValuePair<string, object?>(Instrumentation.ErrorType, MetricWord.Of(reason)));
    }

    public void Dispose()
    {
        Duration.Record(
            Stopwatch.GetElapsedTime(_started).TotalSeconds,
            new KeyValuePair<string, object?>("kind", Kind),
            new KeyValuePair<string, object?>(Instrumentation.Outcome, _hasFailed ? "failed" : "done"));
        _span?.Dispose();
    }
}
