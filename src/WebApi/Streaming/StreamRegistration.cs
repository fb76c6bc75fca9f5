using StackAgent.Application.Common.Telemetry;

namespace StackAgent.WebApi.Streaming;

internal static class StreamRegistration
{
    /// <summary>What uploads need, and the endpoint for agents' logs beside an <see cref="Application.Common.Runtimes.IAgentRuntime"/>.</summary>
    public static IServiceCollection AddStreams(this IServiceCollection services) => services
        .AddSingleton<LogFollowers>()
        .AddSingleton<UploadPlaces>()
        .AddSingleton<IGauges, LogGauges>();
}
