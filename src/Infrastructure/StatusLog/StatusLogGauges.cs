using System.Diagnostics.Metrics;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Infrastructure.StatusLog;

internal sealed class StatusLogGauges(GroupCommitStatusLog log) : IGauges
{
    public void AddTo(Meter meter) => meter.CreateObservableUpDownCounter(
        "stackagent.reports.waiting", () => log.Waiting, "{report}", "Status reports that were taken in and wait for their commit.");
}

/// <summary>
/// Whether reports are written. What the last commit said isn't asked: without traffic nothing would ever say that all is well again, and the
/// database has its own check.
/// </summary>
internal sealed class StatusLogReadiness(GroupCommitStatusLog log) : IReadinessCheck
{
    /// <summary>Longer than any commit of a database that answers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public string Name => "reports";

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        !log.IsRunning ? "Status reports aren't written any more; the server has to be started again."
        : log.Committing > Patience ? $"Status reports have been waiting for the database for more than {Patience.TotalSeconds} seconds."
        : null);
}
