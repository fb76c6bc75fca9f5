using System.Diagnostics;
using System.Diagnostics.Metrics;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>
/// Tries of deliveries, as metrics and spans. Of where they go nothing is told but the host's name: whole addresses of chats are secrets.
/// </summary>
internal static class DeliveryTelemetry
{
    private static readonly Counter<long> Tries = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.deliveries.tries", "{try}", "Tries to deliver a notification, by what they came to.");

    private static readonly Histogram<double> Duration = Instrumentation.Meter.CreateHistogram(
        "stackagent.deliveries.try.duration", "s", "How long a try to deliver a notification took.", tags: null, Instrumentation.Seconds);

    public static Activity? BeginTry(ClaimedDelivery delivery)
    {
        var span = Instrumentation.StartRoot("deliver notification");
        span?.SetTag("stackagent.delivery.id", delivery.Row.Id.ToString())
            .SetTag("stackagent.delivery.attempt", delivery.Row.Attempts + 1)
            .SetTag("server.address", delivery.Message?.Url.Host);
        return span;
    }

    public static void EndTry(Activity? span, SendResult? result)
    {
        if (result is not null)
            Duration.Record(result.Duration.TotalSeconds, new KeyValuePair<string, object?>(Instrumentation.Outcome, result.IsDelivered ? "delivered" : "failed"));
        span?.SetTag("http.response.status_code", result?.StatusCode);
        if (result is not { IsDelivered: true })
            span?.SetStatus(ActivityStatusCode.Error);
        span?.Dispose();
    }

    /// <summary>A try whose place in the log is known.</summary>
    public static void Recorded(TryOutcome outcome)
    {
        if (!Tries.Enabled)
            return;

        var word = outcome.State switch
        {
            DeliveryState.Delivered => "delivered",
            DeliveryState.Pending => "retried",
            _ => "given_up",
        };
        Tries.Add(1, new KeyValuePair<string, object?>(Instrumentation.Outcome, word));
    }
}
