using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Leadership;

/// <summary>Who decides which server leads.</summary>
/// <param name="LeaseNamespace">Where in the runtime's cluster a Lease is kept; null: the database decides.</param>
/// <param name="Name">What this server is called among the others, such as its pod's name; null: its machine's name.</param>
public sealed record LeadershipOptions(string? LeaseNamespace, string? Name = null)
{
    public LeadershipPace Pace { get; init; } = new();
}

public static class LeadershipRegistration
{
    /// <summary>
    /// Servers on one PostgreSQL choose a leader among them: by a Lease where there is a namespace for it (the Kubernetes runtime has to be registered then), else by the
    /// database. A server with a database in a file is alone. All servers of an installation need the same way.
    /// </summary>
    public static IServiceCollection AddLeadership(this IServiceCollection services, DatabaseOptions database, LeadershipOptions options)
    {
        if (database.Provider == DatabaseProvider.Sqlite)
            return services.AddSingleton<ILeadership, AloneLeadership>();

        // Machines may have the same name, and a process that starts again isn't the one that was.
        var identity = $"{options.Name ?? Environment.MachineName}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        services.AddSingleton<ICandidacy>(provider => options.LeaseNamespace is { } ns
            ? new LeaseCandidacy(
                provider.GetRequiredService<KubernetesClient>(),
                ns,
                provider.GetRequiredService<IInstallation>(),
                identity,
                options.Pace,
                provider.GetRequiredService<TimeProvider>())
            : new PostgreSqlCandidacy(database, options.Pace, identity));
        services.AddSingleton<ILeadership>(provider => new Election(
            provider.GetRequiredService<ICandidacy>(),
            options.Pace,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Election>>()));
        return services;
    }
}
