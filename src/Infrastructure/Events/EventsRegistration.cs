using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Application.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Events;

public static class EventsRegistration
{
    /// <summary>The hub that feeds event streams, and the end of old events. Needs the persistence.</summary>
    public static IServiceCollection AddEventStreams(this IServiceCollection services, DatabaseOptions database, EventStreamOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<EventHub>();
        services.AddSingleton<IEventHub>(provider => provider.GetRequiredService<EventHub>());
        services.AddHostedService(provider => provider.GetRequiredService<EventHub>());
        services.AddSingleton<IGauges, StreamGauges>();
        if (database.Provider == DatabaseProvider.PostgreSql)
            services.AddHostedService<PostgreSqlEventListener>();
        services.AddSingleton<EventRetention>();
        services.AddHostedService(provider => provider.GetRequiredService<EventRetention>());
        return services;
    }

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
