using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Application.Common.Storage;

/// <summary>Agents' code as it was stored before there were revisions.</summary>
public interface ICodeAdoption
{
    /// <summary>
    /// Makes an agent's only code what came with <paramref name="revision"/>, wherever a crash left an earlier try. Null when there is none,
    /// or half of it. Only for agents that have no revisions.
    /// </summary>
    Task<AdoptedCode?> AdoptAsync(AgentRef agent, int revision, CancellationToken cancellationToken);
}

/// <summary>Code that was there already.</summary>
/// <param name="Digest">SHA-256 of the ZIP, 64 hexadecimal digits in lower case.</param>
/// <param name="PackedBytes">Size of the ZIP.</param>
public sealed record AdoptedCode(string Digest, long PackedBytes);
