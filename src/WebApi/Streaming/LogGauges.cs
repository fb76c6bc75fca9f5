using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.WebApi.Streaming;

internal sealed class LogGauges(LogFollowers followers) : IGauges
{
    public void AddTo(Meter meter) => meter.CreateObservableUpDownCounter(
        "stackagent.logs.followed", () => followers.Count, "{log}", "Logs of agents that clients of this server follow.");
}
