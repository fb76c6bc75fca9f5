using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

public static class KubernetesRuntimeRegistration
{
    /// <summary>Runs agents in a cluster. Needs persistence and reconciliation to be registered too.</summary>
    public static IServiceCollection AddKubernetesRuntime(this IServiceCollection services, ClusterConnection connection, KubernetesOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(connection);
        services.AddSingleton(options);
        services.AddSingleton<KubernetesHttp>();
        services.AddSingleton(provider => new KubernetesClient(
            provider.GetRequiredService<KubernetesHttp>().Client, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<KubernetesRuntime>();
        services.AddSingleton<IAgentRuntime>(provider => provider.GetRequiredService<KubernetesRuntime>());
        services.AddSingleton<IRunningAgents>(provider => provider.GetRequiredService<KubernetesRuntime>());
        services.AddSingleton<ICodeRecipients>(provider => new PodRecipients(
            provider.GetRequiredService<KubernetesRuntime>(), provider.GetRequiredService<KubernetesClient>()));
        services.AddSingleton<IDeploymentPreview, KubernetesDeploymentPreview>();
        services.AddScoped<IAgentEndpoints, AgentEndpointFinder>();
        return services;
    }
}
