using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Configuration;

/// <summary>Reads <c>agent.yaml</c>, in which code says itself how it is to be run.</summary>
public interface IAgentFileReader
{
    /// <summary>
    /// The settings in it, whose values are still to be checked. Throws <see cref="Domain.Common.ValidationFailedException"/> with the path of each
    /// key that is unknown or holds something of another kind.
    /// </summary>
    /// <param name="content">All of the file; hostile.</param>
    /// <param name="fileName">What the paths begin with.</param>
    AgentSettings Read(ReadOnlySpan<byte> content, string fileName);
}
