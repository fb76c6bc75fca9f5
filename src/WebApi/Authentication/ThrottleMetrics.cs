using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.WebApi.Authentication;

/// <summary>What was refused for being too much.</summary>
internal static class ThrottleMetrics
{
    private static readonly Counter<long> Limited = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.requests.limited", "{request}", "Requests that were answered with 429, by the limit that they met.");

    public static void Refused(string limit) => Limited.Add(1, new KeyValuePair<string, object?>("limit", limit));
}
