using System.Diagnostics.CodeAnalysis;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes;

/// <summary>What each runtime knows from memory: where the agents that answer now are reached.</summary>
internal interface IRunningAgents
{
    /// <summary>The agent's address, without a path, while it answers there. Cheap enough to be asked for each request.</summary>
    bool TryGetEndpoint(AgentRef agent, [NotNullWhen(true)] out Uri? endpoint);

    /// <summary>
    /// As <see cref="TryGetEndpoint"/>, for a request that is about to be sent: until <paramref name="call"/> is disposed, whoever answers there isn't
    /// ended for being replaced. Null where the runtime doesn't need to be told.
    /// </summary>
    bool TryCall(AgentRef agent, [NotNullWhen(true)] out Uri? endpoint, out IDisposable? call)
    {
        call = null;
        return TryGetEndpoint(agent, out endpoint);
    }
}
