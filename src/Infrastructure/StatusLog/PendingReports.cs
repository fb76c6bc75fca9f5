using System.Diagnostics;
using StackAgent.Application.Sessions;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>Reports that came together, and that somebody waits for together.</summary>
internal sealed class PendingReports(IReadOnlyList<StatusReportEntry> entries)
{
    private readonly TaskCompletionSource<IReadOnlyList<ReportOutcome>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReportOutcome[] _outcomes = new ReportOutcome[entries.Count];
    private int _left = entries.Count;

    public IReadOnlyList<StatusReportEntry> Entries { get; } = entries;

    /// <summary>The span of whoever waits, for the commit to be linked to; default when nobody traces.</summary>
    public ActivityContext Caller { get; } = CommitTelemetry.CurrentCaller();

    /// <summary>Completes once every report has its outcome; in the order of the entries.</summary>
    public Task<IReadOnlyList<ReportOutcome>> Outcomes => _completion.Task;

    /// <summary>Each report gets one outcome, from one thread after the other.</summary>
    public void Complete(int index, ReportOutcome outcome)
    {
        _outcomes[index] = outcome;
        if (--_left == 0)
            _completion.TrySetResult(_outcomes);
    }
}

/// <summary>One of them.</summary>
internal readonly record struct PendingReport(PendingReports Group, int Index)
{
    public StatusReportEntry Entry => Group.Entries[Index];
}
