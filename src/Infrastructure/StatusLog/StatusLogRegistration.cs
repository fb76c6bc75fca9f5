using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Application.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

public static class StatusLogRegistration
{
    /// <summary>The log and its writer. Register it before the web server, so that it ends after the last request.</summary>
    public static IServiceCollection AddStatusLog(this IServiceCollection services, StatusLogOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ReportClock>();
        services.AddSingleton<IReportStore>(provider => provider.GetRequiredService<DatabaseOptions>().Provider == DatabaseProvider.PostgreSql
            ? ActivatorUtilities.CreateInstance<PostgreSqlReportStore>(provider)
            : ActivatorUtilities.CreateInstance<SqliteReportStore>(provider));
        services.AddSingleton<GroupCommitStatusLog>();
        services.AddSingleton<IStatusLog>(provider => provider.GetRequiredService<GroupCommitStatusLog>());
        services.AddHostedService(provider => provider.GetRequiredService<GroupCommitStatusLog>());
        services.AddSingleton<IGauges, StatusLogGauges>();
        services.AddSingleton<IReadinessCheck, StatusLogReadiness>();
        return services;
    }
}
