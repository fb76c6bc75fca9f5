using Microsoft.Data.Sqlite;
using StackAgent.Application;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Idempotency;
using StackAgent.Application.Deployment;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Audit;
using StackAgent.Infrastructure.CodeStorage;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Idempotency;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Notifications.Delivery;
using StackAgent.Infrastructure.Notifications.Endpoints;
using StackAgent.Infrastructure.Notifications.FanOut;
using StackAgent.Infrastructure.Notifications.Sending;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Persistence.Lists;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Local;
using StackAgent.Infrastructure.Secrets;
using StackAgent.Infrastructure.Sessions;
using StackAgent.Infrastructure.StatusLog;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>Registers what is behind HTTP, with what the environment decided.</summary>
internal static class Modules
{
    public static IServiceCollection AddModules(this IServiceCollection services, Settings settings)
    {
        services.AddApplication(settings.Quotas);
        services.AddSingleton(provider => new AgentUrls(
            provider.GetRequiredService<IPublicAddress>(),
            settings.Runtime.AgentsUrl,
            settings.Runtime.ChatUiBaseUrl?.AbsoluteUri.TrimEnd('/'),
            settings.Runtime.AgentsServerUrl?.AbsoluteUri.TrimEnd('/')));

        // In the order they start: the schema, then what writes rows, then what acts on them. They stop the other way round.
        var database = Database(settings);
        services.AddPersistence(database);
        services.AddAccounts(Accounts(settings.Tokens));
        services.AddSecretProtection();
        services.AddAudit(settings.Audit);
        services.AddIdempotencyKeys(new IdempotencyOptions());
        services.AddStatusLog(new StatusLogOptions { MaxReportedAgents = settings.Quotas.ReportedAgents });
        services.AddSessionUpkeep(settings.Retention);
        services.AddEventStreams(database, new EventStreamOptions());
        services.AddNotificationEndpoints(settings.Notifications);
        services.AddNotificationSending(new NotificationSenderOptions(settings.Notifications.AllowPrivate));
        services.AddNotificationDelivery();
        services.AddNotificationFanOut();
        services.AddCodeStorage(CodeStorage(settings));
        if (settings.Runtime.Kubernetes is { } kubernetes)
            services.AddKubernetesRuntime(kubernetes.Connection, kubernetes.Options);
        else
            services.AddLocalRuntime(Local(settings));
        services.AddLeadership(database, settings.Leadership);
        if (settings.Telemetry is not null)
            services.AddAgentNumbers();
        services.AddReconciliation(ReconcilerOptions.Default, new DeploymentOptions(settings.Runtime.DeployTimeout)
        {
            KeepRevisions = settings.Runtime.KeepRevisions,
        });
        return services;
    }

    public static AccountOptions Accounts(TokenSettings tokens) => new(tokens.Secret)
    {
        AccessTokenLifetime = tokens.AccessTokenLifetime,
        RefreshTokenLifetime = tokens.RefreshTokenLifetime,
        PreviousSecretKeys = tokens.PreviousSecrets,
    };

    public static CodeStorageOptions CodeStorage(Settings settings) => new(
        settings.Storage.AgentPlatformPath,
        settings.Uploads.MaxZipBytes,
        settings.Uploads.MaxUnpackedBytes,
        settings.Uploads.MaxEntries,
        settings.Uploads.MaxRatio);

    private static LocalRuntimeOptions Local(Settings settings) => new(settings.Storage.AgentPlatformPath)
    {
        GraphCommand = settings.Runtime.LocalGraphCommand,
        DeployTimeout = settings.Runtime.DeployTimeout,
    };

    public static DatabaseOptions Database(Settings settings) => settings.Database switch
    {
        PostgreSqlDatabaseSettings postgres => new DatabaseOptions(DatabaseProvider.PostgreSql, postgres.ConnectionString),
        SqliteDatabaseSettings sqlite => Sqlite(sqlite.Path, durable: true),
        _ => Sqlite(Path.Combine(settings.Storage.DataFolder, "stackagent.db"), durable: false),
    };

    private static DatabaseOptions Sqlite(string path, bool durable) =>
        new(DatabaseProvider.Sqlite, new SqliteConnectionStringBuilder { DataSource = path }.ConnectionString, durable);
}
