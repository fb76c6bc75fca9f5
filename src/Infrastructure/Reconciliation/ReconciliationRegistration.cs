using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Application.Deployment;
using StackAgent.Infrastructure.Leadership;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>How the reconciler paces itself.</summary>
/// <param name="Workers">Keys worked on at the same time.</param>
/// <param name="ResyncInterval">Between full passes.</param>
/// <param name="PollInterval">Between looks for rows that another server changed.</param>
/// <param name="FirstRetry">After the first failure of a key; doubles.</param>
/// <param name="MaxRetry">Where the doubling ends.</param>
public sealed record ReconcilerOptions(int Workers, TimeSpan ResyncInterval, TimeSpan PollInterval, TimeSpan FirstRetry, TimeSpan MaxRetry)
{
    public static ReconcilerOptions Default { get; } = new(
        Workers: 8,
        ResyncInterval: TimeSpan.FromMinutes(5),
        PollInterval: TimeSpan.FromSeconds(2),
        FirstRetry: TimeSpan.FromMilliseconds(250),
        MaxRetry: TimeSpan.FromMinutes(1));
}

public static class ReconciliationRegistration
{
    /// <summary>Acts alone unless a leadership is registered before.</summary>
    public static IServiceCollection AddReconciliation(this IServiceCollection services, ReconcilerOptions options, DeploymentOptions deployment)
    {
        services.AddSingleton(options);
        services.AddSingleton(deployment);
        services.TryAddSingleton<ILeadership, AloneLeadership>();
        services.AddSingleton<ReconcileQueue>();
        services.AddSingleton<IReconcileQueue>(provider => provider.GetRequiredService<ReconcileQueue>());
        services.AddSingleton<ReconcileProgress>();
        services.AddSingleton<IGauges, ReconcileGauges>();
        services.AddSingleton<IReadinessCheck, ReconcilerReadiness>();
        services.AddHostedService<Reconciler>();
        services.AddHostedService<DeploymentDeadlines>();
        services.AddSingleton<IReadinessCheck, RuntimeReadiness>();
        return services;
    }

    private sealed class RuntimeReadiness(IAgentRuntime runtime) : IReadinessCheck
    {
        public string Name => "runtime";

        public Task<string?> CheckAsync(CancellationToken cancellationToken) => runtime.CheckHealthAsync(cancellationToken);
    }
}
