using System.Net;

namespace StackAgent.WebApi.Forwarding;

/// <summary>How requests are passed on to agents.</summary>
internal sealed record ForwardingOptions
{
    /// <summary>How long a request waits for an agent that accepts no connection: it is just being replaced, or is started again.</summary>
    public TimeSpan ConnectPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one try to connect may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

internal static class ForwardingRegistration
{
    /// <summary>Needs an <see cref="Application.Common.Runtimes.IAgentEndpoints"/>, singleton or scoped.</summary>
    public static IServiceCollection AddForwarding(this IServiceCollection services, ForwardingOptions options)
    {
        services.AddSingleton(options);
        services.AddHttpForwarder();
        services.AddSingleton<AgentForwarder>();
        services.AddSingleton<AgentTransformer>();
        services.AddSingleton(_ => new HttpMessageInvoker(new SocketsHttpHandler
        {
            // A pipe and nothing more: whatever the agent says is for the caller to follow, keep or unpack.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
        }));
        return services;
    }

    /// <summary>
    /// Every method on everything below an agent's prefix. Short-circuited: credentials and CORS there are between the caller and the agent, so
    /// neither is looked at on the way.
    /// </summary>
    public static void MapForwarding(this WebApplication app)
    {
        var forwarder = app.Services.GetRequiredService<AgentForwarder>();
        app.Map("/stacks/{stackId}/agents/{agentId}/{**rest}", forwarder.ForwardAsync)
            .ShortCircuit()
            .ExcludeFromDescription();
    }
}
