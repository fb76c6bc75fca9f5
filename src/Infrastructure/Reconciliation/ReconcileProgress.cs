using System.Diagnostics;
using System.Diagnostics.Metrics;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>Whether this server's reconciler acts, and how long ago its last full pass was. Written by the reconciler, read by anybody.</summary>
internal sealed class ReconcileProgress(TimeProvider time)
{
    private static readonly Counter<long> Passes = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.reconcile.passes", "{pass}", "Full passes: looks at everything that the runtime has and the rows ask for.");

    private static readonly Histogram<double> PassDuration = Instrumentation.Meter.CreateHistogram(
        "stackagent.reconcile.pass.duration", "s", "How long a full pass took, without the work on the keys that it found.", tags: null, Instrumentation.Seconds);

    // The last full pass or, before the first one, when the server began to act; zero while it doesn't act.
    private long _since;
    private Func<int> _waiting = static () => 0;

    /// <summary>Of several servers one acts at a time.</summary>
    public bool IsActing => Interlocked.Read(ref _since) != 0;

    /// <summary>Since the last full pass, or since the server began to act; null while it doesn't.</summary>
    public TimeSpan? Age => Interlocked.Read(ref _since) is var since and not 0 ? time.GetElapsedTime(since) : null;

    /// <summary>Keys that wait for a worker.</summary>
    public int Waiting => _waiting();

    /// <summary>From now on until it is disposed this server acts.</summary>
    /// <param name="waiting">How many keys wait for a worker.</param>
    public IDisposable Act(Func<int> waiting)
    {
        Volatile.Write(ref _waiting, waiting);
        Interlocked.Exchange(ref _since, Timestamp());
        return new Term(this);
    }

    /// <summary>Begins a full pass; without <see cref="Pass.Done"/> it has failed.</summary>
    public Pass BeginPass() => new(this);

    /// <summary>Zero means that nobody acts.</summary>
    private long Timestamp() => Math.Max(1, time.GetTimestamp());

    private void Passed()
    {
        // Unless the term ended meanwhile.
        if (Interlocked.Read(ref _since) is var since and not 0)
            Interlocked.CompareExchange(ref _since, Timestamp(), since);
    }

    private sealed class Term(ReconcileProgress progress) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Exchange(ref progress._since, 0);
            Volatile.Write(ref progress._waiting, static () => 0);
        }
    }

    /// <summary>A full pass under way, as metrics and a span.</summary>
    internal sealed class Pass(ReconcileProgress progress) : IDisposable
    {
        private readonly Activity? _span = Instrumentation.StartRoot("reconcile everything");
        private readonly long _started = Stopwatch.GetTimestamp();
        private bool _isDone;

        public void Done()
        {
            _isDone = true;
            progress.Passed();
        }

        public void Dispose()
        {
            var outcome = new KeyValuePair<string, object?>(Instrumentation.Outcome, _isDone ? "done" : "failed");
            Passes.Add(1, outcome);
            PassDuration.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, outcome);
            if (!_isDone)
                _span?.SetStatus(ActivityStatusCode.Error);
            _span?.Dispose();
        }
    }
}

internal sealed class ReconcileGauges(ReconcileProgress progress) : IGauges
{
    public void AddTo(Meter meter)
    {
        meter.CreateObservableGauge(
            "stackagent.leader", () => progress.IsActing ? 1 : 0, unit: null, "1 on the server whose reconciler acts, 0 on the others.");
        meter.CreateObservableGauge("stackagent.reconcile.pass.age", Ages, "s", "Since the last full pass; only on the server whose reconciler acts.");
        meter.CreateObservableUpDownCounter(
            "stackagent.reconcile.keys.waiting", () => progress.Waiting, "{key}", "Stacks and agents that wait for a worker of the reconciler.");
    }

    private IEnumerable<Measurement<double>> Ages() => progress.Age is { } age ? [new Measurement<double>(age.TotalSeconds)] : [];
}

/// <summary>Whether the reconciler, where it acts, gets anywhere.</summary>
internal sealed class ReconcilerReadiness(ReconcileProgress progress, ReconcilerOptions options) : IReadinessCheck
{
    private readonly TimeSpan _patience = (options.ResyncInterval * 2) + TimeSpan.FromMinutes(1);

    public string Name => "reconciler";

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        progress.Age > _patience
            ? $"The reconciler hasn't finished a full pass for more than {_patience.TotalMinutes} minutes, so what changes may not be deployed; the server's log says why."
            : null);
}
