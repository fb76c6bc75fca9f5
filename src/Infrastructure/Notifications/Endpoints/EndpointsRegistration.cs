using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Notifications;

namespace StackAgent.Infrastructure.Notifications.Endpoints;

public static class EndpointsRegistration
{
    /// <summary>
    /// The endpoints that notifications go to. Needs the persistence, the protection of secrets and a <see cref="TimeProvider"/>; register it
    /// before what sends, which is to find them as the settings want them.
    /// </summary>
    public static IServiceCollection AddNotificationEndpoints(this IServiceCollection services, NotificationOptions options)
    {
        services.AddSingleton(options);
        services.AddHostedService<SettingEndpointsStartup>();
        return services;
    }
}
