using StackAgent.Application.Sessions;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>A report that somebody waits for.</summary>
internal sealed class PendingReport(StatusReportEntry entry)
{
    private readonly TaskCompletionSource<ReportOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StatusReportEntry Entry { get; } = entry;

    public Task<ReportOutcome> Outcome => _completion.Task;

    public void Complete(ReportOutcome outcome) => _completion.TrySetResult(outcome);
}
