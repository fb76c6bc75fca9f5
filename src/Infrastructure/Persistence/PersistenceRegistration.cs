using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Agents;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Stacks;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence.Lists;
using StackAgent.Infrastructure.Sessions;

namespace StackAgent.Infrastructure.Persistence;

public static class PersistenceRegistration
{
    /// <summary>The database context, its migration at start and the installation's id. Register it before every service that needs rows.</summary>
    public static IServiceCollection AddPersistence(this IServiceCollection services, DatabaseOptions options)
    {
        services.AddSingleton(options);
        services.AddLogging();
        services.AddEventLog();
        services.AddSingleton(new WriteGate(oneWriter: options.Provider == DatabaseProvider.Sqlite));

        // One options object for all contexts: by default EF Core composes it anew, and looks up its services by comparing it, in every scope.
        if (options.Provider == DatabaseProvider.Sqlite)
        {
            services.AddDbContext<SqliteDbContext>(
                builder => builder
                    .UseSqlite(options.ConnectionString)
                    .AddInterceptors(new SqliteConnectionInterceptor(options.Durable))

                    // SQLite can't change a column, so migrations rebuild tables, with foreign keys off on this connection meanwhile. That is
                    // outside the transaction, and all that is; a person who starts the server for the first time has nothing to worry about.
                    .ConfigureWarnings(warnings => warnings.Ignore(
                        RelationalEventId.NonTransactionalMigrationOperationWarning, SqliteEventId.TableRebuildPendingWarning)),
                optionsLifetime: ServiceLifetime.Singleton);
            services.AddScoped<ApplicationDbContext>(provider => provider.GetRequiredService<SqliteDbContext>());
        }
        else
        {
            services.AddDbContext<PostgreSqlDbContext>(
                builder => builder.UseNpgsql(options.ConnectionString).AddInterceptors(new ForUpdateInterceptor()),
                optionsLifetime: ServiceLifetime.Singleton);
            services.AddScoped<ApplicationDbContext>(provider => provider.GetRequiredService<PostgreSqlDbContext>());
        }

        services.AddScoped<ISessionRemoval, SessionRemovals>();
        services.AddScoped<IApplicationDbContext>(provider => provider.GetRequiredService<ApplicationDbContext>());
        services.AddSingleton<ListDatabase>();
        services.AddSingleton<IAgentList, AgentList>();
        services.AddSingleton<IStackList, StackList>();
        services.AddSingleton<IInstallation, Installation>();
        services.AddScoped<DatabaseMigrator>();
        services.AddHostedService<DatabaseStartup>();
        services.AddScoped<IReadinessCheck, DatabaseReadiness>();
        return services;
    }
}
