using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Local;

public static class LocalRuntimeRegistration
{
    /// <summary>
    /// Runs agents as processes of this machine. Needs an <see cref="Application.Common.Storage.ICodeFolders"/>. The container disposes the
    /// runtime at shutdown, which ends every agent within 6 s.
    /// </summary>
    public static IServiceCollection AddLocalRuntime(this IServiceCollection services, LocalRuntimeOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<LocalRuntime>();
        services.AddSingleton<IAgentRuntime>(provider => provider.GetRequiredService<LocalRuntime>());
        services.AddSingleton<IRunningAgents>(provider => provider.GetRequiredService<LocalRuntime>());
        services.AddSingleton<ICodeRecipients, NoCodeRecipients>();
        services.AddSingleton<IDeploymentPreview, LocalDeploymentPreview>();
        services.AddScoped<IAgentEndpoints, AgentEndpointFinder>();
        return services;
    }
}
