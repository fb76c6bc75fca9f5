namespace StackAgent.Application.Common.Storage;

/// <summary>
/// Agents' code on disk: <c>stacks/{stack}/agents/{agent}/agent.zip</c> and <c>…/extracted/</c>, always a complete pair. An upload is
/// written and checked beside its place and renamed into it; what a crash leaves half made is swept at the next start.
/// </summary>
public interface ICodeStorage
{
    /// <summary>
    /// Streams a ZIP to disk, checks it and unpacks it, holding none of it in memory. Throws
    /// <see cref="Domain.Common.ValidationFailedException"/> (field <c>file</c>) with the reason for a refusal; then nothing is left behind.
    /// </summary>
    Task<IStagedCode> StageAsync(Guid agentId, Stream zip, CancellationToken cancellationToken);

    /// <summary>Absolute folder of an agent's unpacked code, whether or not it exists.</summary>
    string CodePath(Guid stackId, Guid agentId);

    /// <summary>Absolute folder that holds all of an agent's files, whether or not it exists.</summary>
    string AgentPath(Guid stackId, Guid agentId);

    /// <summary>Whether the complete pair of an agent is in its place.</summary>
    bool Exists(Guid stackId, Guid agentId);

    /// <summary>Removes all files of an agent; nothing to remove is success.</summary>
    Task DeleteAgentAsync(Guid stackId, Guid agentId, CancellationToken cancellationToken);

    /// <summary>Removes all files of a stack; nothing to remove is success.</summary>
    Task DeleteStackAsync(Guid stackId, CancellationToken cancellationToken);

    /// <summary>
    /// Removes what crashed servers left: staging folders whose server is gone, and folders of stacks and agents for which
    /// <paramref name="keepAsync"/> (given the agents found on disk) doesn't return their reference. An upload under way in any living
    /// server is left alone.
    /// </summary>
    Task SweepAsync(
        Func<IReadOnlyList<Runtimes.AgentRef>, CancellationToken, Task<IReadOnlySet<Runtimes.AgentRef>>> keepAsync,
        CancellationToken cancellationToken);
}

/// <summary>Checked and unpacked code that waits to be put into its place. Disposing removes it, unless <see cref="KeepAsync"/> was called.</summary>
public interface IStagedCode : IAsyncDisposable
{
    /// <summary>
    /// Renames the code into its place. Call it before the row is committed and <see cref="KeepAsync"/> afterwards: a crash between the two leaves files
    /// that the next sweep removes, never a row without code.
    /// </summary>
    Task PublishAsync(Guid stackId, CancellationToken cancellationToken);

    /// <summary>The row is committed: disposing no longer removes the code.</summary>
    Task KeepAsync();
}
