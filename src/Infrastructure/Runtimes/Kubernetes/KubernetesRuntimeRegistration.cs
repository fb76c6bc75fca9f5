using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

public static class KubernetesRuntimeRegistration
{
    /// <summary>Runs agents as pods of a cluster.</summary>
    public static IServiceCollection AddKubernetesRuntime(this IServiceCollection services, ClusterConnection connection, KubernetesOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(connection);
        services.AddSingleton(options);
        services.AddSingleton<KubernetesHttp>();
        return services;
    }
}
