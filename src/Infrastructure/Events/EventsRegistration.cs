using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace StackAgent.Infrastructure.Events;

public static class EventsRegistration
{
    /// <summary>What writing events needs; a part of the persistence.</summary>
    internal static IServiceCollection AddEventLog(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EventSignal>();
        services.TryAddSingleton<IEventSignal>(provider => provider.GetRequiredService<EventSignal>());
        services.TryAddSingleton<EventJournal>();
        return services;
    }
}
