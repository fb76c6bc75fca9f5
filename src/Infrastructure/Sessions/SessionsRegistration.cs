using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Sessions;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Sessions.Expiry;
using StackAgent.Infrastructure.Sessions.Retention;
using StackAgent.Infrastructure.Sessions.Statistics;

namespace StackAgent.Infrastructure.Sessions;

public static class SessionsRegistration
{
    /// <summary>What looks after sessions beside their reports: expiry, retention and statistics. Register it after the persistence.</summary>
    public static IServiceCollection AddSessionUpkeep(this IServiceCollection services, RetentionOptions retention)
    {
        services.AddSingleton(retention);
        services.AddScoped<IAgentStatistics, AgentStatistics>();
        services.AddScoped<HistoryStore>();
        services.AddSingleton<PostgreSqlExpirySweep>();
        services.AddSingleton<SqliteExpirySweep>();
        services.AddSingleton<IExpirySweep>(provider => provider.GetRequiredService<DatabaseOptions>().Provider == DatabaseProvider.Sqlite
            ? provider.GetRequiredService<SqliteExpirySweep>()
            : provider.GetRequiredService<PostgreSqlExpirySweep>());
        services.AddSingleton<ExpirySweeper>();
        services.AddHostedService(provider => provider.GetRequiredService<ExpirySweeper>());
        services.AddSingleton<HistoryCleaner>();
        services.AddHostedService(provider => provider.GetRequiredService<HistoryCleaner>());
        return services;
    }
}
