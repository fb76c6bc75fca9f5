using System.Diagnostics.CodeAnalysis;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes;

/// <summary>What each runtime knows from memory: where the agents that answer now are reached.</summary>
internal interface IRunningAgents
{
    /// <summary>The agent's address, without a path, while it answers there. Cheap enough to be asked for each request.</summary>
    bool TryGetEndpoint(AgentRef agent, [NotNullWhen(true)] out Uri? endpoint);
}
