using StackAgent.Application.Common.Telemetry;

namespace StackAgent.WebApi.Streaming;

internal static class LogRegistration
{
    /// <summary>What the endpoint for agents' logs needs beside an <see cref="Application.Common.Runtimes.IAgentRuntime"/>.</summary>
    public static IServiceCollection AddLogStreams(this IServiceCollection services) => services
        .AddSingleton<LogFollowers>()
        .AddSingleton<IGauges, LogGauges>();
}
