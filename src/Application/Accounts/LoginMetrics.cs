using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Application.Accounts;

/// <summary>What became of logins by password.</summary>
internal static class LoginMetrics
{
    private static readonly Counter<long> Logins = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.logins", "{login}", "Logins with a password that weren't refused for being too many, by what became of them.");

    public static void Succeeded() => Count("succeeded");

    public static void Failed() => Count("failed");

    private static void Count(string outcome) => Logins.Add(1, new KeyValuePair<string, object?>(Instrumentation.Outcome, outcome));
}
