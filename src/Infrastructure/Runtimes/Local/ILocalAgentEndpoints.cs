using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Where agents that run as local processes are reached; for the HTTP forwarder.</summary>
public interface ILocalAgentEndpoints
{
    /// <summary>The agent's address, without a path, while its process lives and listens. Cheap enough to be asked for each request.</summary>
    bool TryGetEndpoint(AgentRef agent, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? endpoint);
}
