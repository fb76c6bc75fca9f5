using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Infrastructure.Notifications.Delivery;

public static class DeliveryRegistration
{
    /// <summary>
    /// Makes the deliveries that the fan-out wrote, and deletes old ones. Needs the persistence, the endpoints and what sends; register it
    /// after those, and before the fan-out, so that it stops after it.
    /// </summary>
    public static IServiceCollection AddNotificationDelivery(this IServiceCollection services)
    {
        services.TryAddSingleton<DeliverySignal>();
        services.TryAddSingleton(new DeliveryLimits());
        services.AddScoped<DeliveryQueue>();
        services.AddScoped<DeliveryRecorder>();
        services.AddScoped<DeliveryLog>();
        services.AddSingleton<DeliveryWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<DeliveryWorker>());
        services.AddSingleton<IGauges, DeliveryGauges>();
        services.AddSingleton<DeliveryLogCleaner>();
        services.AddHostedService(provider => provider.GetRequiredService<DeliveryLogCleaner>());
        return services;
    }
}
