using StackAgent.Application.Common.Telemetry;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Streaming;

internal static class StreamRegistration
{
    /// <summary>What uploads need, and the endpoint for agents' logs beside an <see cref="Application.Common.Runtimes.IAgentRuntime"/>.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services) => services
        .AddSingleton<LogFollowers>()
        .AddSingleton<UploadPlaces>()
        .AddSingleton(provider => new AgentUploads(provider.GetRequiredService<UploadSettings>(), provider.GetRequiredService<UploadPlaces>()))
        .AddSingleton<IGauges, LogGauges>();
}
