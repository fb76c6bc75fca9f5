using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Notifications;

namespace StackAgent.Infrastructure.Notifications.Sending;

public static class SendingRegistration
{
    /// <summary>What sends notifications. Needs the protection of secrets and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddNotificationSending(this IServiceCollection services, NotificationSenderOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<INameResolver, SystemNameResolver>();
        services.AddSingleton<INotificationSender, HttpNotificationSender>();
        return services;
    }
}
