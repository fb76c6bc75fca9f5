using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace StackAgent.Infrastructure.Notifications.FanOut;

public static class FanOutRegistration
{
    /// <summary>Turns events into deliveries. Needs the persistence.</summary>
    public static IServiceCollection AddNotificationFanOut(this IServiceCollection services)
    {
        services.TryAddSingleton<DeliverySignal>();
        services.AddSingleton<NotificationFanOut>();
        services.AddHostedService(provider => provider.GetRequiredService<NotificationFanOut>());
        return services;
    }
}
