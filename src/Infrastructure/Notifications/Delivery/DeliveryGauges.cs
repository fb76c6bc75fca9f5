using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Infrastructure.Notifications.Delivery;

internal sealed class DeliveryGauges(DeliveryWorker worker) : IGauges
{
    public void AddTo(Meter meter) => meter.CreateObservableGauge(
        "stackagent.deliveries.due.age",
        () => worker.OldestDue.TotalSeconds,
        "s",
        "How long the notification that has waited longest could have been sent by now; 0 when none waits. Those that wait for their next try don't count.");
}
