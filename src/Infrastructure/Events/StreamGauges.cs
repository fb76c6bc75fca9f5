using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Infrastructure.Events;

internal sealed class StreamGauges(EventHub hub) : IGauges
{
    public void AddTo(Meter meter) => meter.CreateObservableUpDownCounter(
        "stackagent.events.streams.open", () => hub.OpenStreams, "{stream}", "Event streams that clients of this server have open.");
}
