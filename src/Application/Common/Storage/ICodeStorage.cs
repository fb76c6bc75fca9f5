using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Application.Common.Storage;

/// <summary>
/// Agents' code: uploads come in and are kept by revision, ZIPs go out as streams. Nothing here says where it lies, so that it may lie elsewhere than on a
/// disk that this server shares; who needs a path asks <see cref="ICodeFolders"/>. What a crash leaves half made is swept at the next start.
/// </summary>
public interface ICodeStorage
{
    /// <summary>
    /// Streams a ZIP to disk, checks it and unpacks it, holding none of it in memory. Throws
    /// <see cref="Domain.Common.ValidationFailedException"/> (field <c>file</c>) with the reason for a refusal; then nothing is left behind.
    /// Several uploads for one agent may be under way at once.
    /// </summary>
    Task<IStagedCode> StageAsync(Guid agentId, Stream zip, CancellationToken cancellationToken);

    /// <summary>Whether all of what came with a revision is in its place.</summary>
    bool Exists(Guid stackId, Guid agentId, int codeRevision);

    /// <summary>The revisions that came with what is stored of an agent's code, whole or not.</summary>
    IReadOnlyList<int> StoredRevisions(Guid stackId, Guid agentId);

    /// <summary>Notes for good which revision's code the agent serves; where there are folders, <see cref="ICodeFolders.CurrentCodePath"/> leads there.</summary>
    Task PointAtAsync(Guid stackId, Guid agentId, int codeRevision, CancellationToken cancellationToken);

    /// <summary>The ZIP that came with a revision, seekable; the caller disposes it. Null when it isn't there.</summary>
    Task<Stream?> OpenZipAsync(Guid stackId, Guid agentId, int codeRevision, CancellationToken cancellationToken);

    /// <summary>
    /// Removes what came with revisions up to <paramref name="upTo"/> other than <paramref name="keep"/>; nothing to remove is success. Later ones
    /// may be on their way in.
    /// </summary>
    Task DeleteRevisionsAsync(Guid stackId, Guid agentId, IReadOnlySet<int> keep, int upTo, CancellationToken cancellationToken);

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
        Func<IReadOnlyList<AgentRef>, CancellationToken, Task<IReadOnlySet<AgentRef>>> keepAsync,
        CancellationToken cancellationToken);
}

/// <summary>Checked and unpacked code that waits to be put into its place. Disposing removes it, unless <see cref="KeepAsync"/> was called.</summary>
public interface IStagedCode : IAsyncDisposable
{
    /// <summary>What was found out about it on the way.</summary>
    CodeFacts Facts { get; }

    /// <summary>Absolute path of the ZIP on this server's disk, where every upload is checked; another one after the publication.</summary>
    string ZipPath { get; }

    /// <summary>Absolute folder of the unpacked code on this server's disk; another one after the publication.</summary>
    string CodePath { get; }

    /// <summary>Whether the unpacked code has such a file.</summary>
    /// <param name="path">Relative to the code's root, with <c>/</c>.</param>
    bool HasFile(string path);

    /// <summary>A file of the unpacked code, for reading; null when there is none of that name, or it is larger than <paramref name="maxBytes"/>.</summary>
    /// <param name="path">Relative to the code's root, with <c>/</c>.</param>
    /// <param name="maxBytes">At most so many bytes are read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<byte[]?> ReadFileAsync(string path, int maxBytes, CancellationToken cancellationToken);

    /// <summary>
    /// Renames the code into its place as what came with a revision, over whatever a crash left there. Call it inside the transaction that adds the
    /// revision's row, under the lock on its agent's row and last before the commit, and <see cref="KeepAsync"/> afterwards: a crash between the two
    /// leaves files that the next sweep, the next upload or the removal of old revisions takes away, never a row without code. An agent's first
    /// revision brings the agent's folder and the links; it throws <see cref="IOException"/> when the folder is there already.
    /// </summary>
    Task PublishAsync(Guid stackId, int revision, CancellationToken cancellationToken);

    /// <summary>The row is committed: disposing no longer removes the code.</summary>
    Task KeepAsync();
}

/// <summary>What an upload consists of.</summary>
/// <param name="Digest">SHA-256 of the ZIP, 64 hexadecimal digits in lower case.</param>
/// <param name="PackedBytes">Size of the ZIP.</param>
/// <param name="UnpackedBytes">Sum of its files.</param>
/// <param name="Files">Number of its files.</param>
public sealed record CodeFacts(string Digest, long PackedBytes, long UnpackedBytes, int Files);
