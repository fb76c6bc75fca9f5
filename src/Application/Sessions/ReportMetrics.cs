using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Sessions;

/// <summary>What became of status reports.</summary>
internal static class ReportMetrics
{
    private static readonly Counter<long> Received = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.reports.received", "{report}", "Status reports that were well-formed JSON, by what became of them.");

    public static void Count(ReportOutcome outcome, int reports = 1)
    {
        if (!Received.Enabled)
            return;

        if (outcome.Failure is { } failure)
        {
            Received.Add(
                reports,
                new KeyValuePair<string, object?>(Instrumentation.Outcome, "refused"),
                new KeyValuePair<string, object?>(Instrumentation.ErrorType, ReasonOf(failure)));
        }
        else
        {
            Received.Add(reports, new KeyValuePair<string, object?>(Instrumentation.Outcome, outcome.IsDuplicate ? "duplicate" : "accepted"));
        }
    }

    private static string ReasonOf(Exception failure) => failure switch
    {
        UnavailableException => "unavailable",
        NotFoundException => "agent_gone",
        ForbiddenException => "forbidden",
        ValidationFailedException => "invalid",
        _ => "error",
    };
}
