using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Application.Common.Storage;

/// <summary>Finds out which files distinguish two uploads, without unpacking them: by size and checksum.</summary>
public interface ICodeComparison
{
    /// <summary>What became of an agent's code from what came with one revision to what came with another. Null when one of them isn't there.</summary>
    Task<CodeDifference?> CompareAsync(AgentRef agent, int earlier, int later, CancellationToken cancellationToken);

    /// <summary>What would become of an agent's code. Null when the earlier one isn't there.</summary>
    Task<CodeDifference?> CompareAsync(AgentRef agent, int earlier, IStagedCode later, CancellationToken cancellationToken);
}

/// <summary>Files by path, in order; at most 1,000 of each kind, while the counts are the true ones.</summary>
public sealed record CodeDifference(
    IReadOnlyList<string> Added,
    IReadOnlyList<string> Removed,
    IReadOnlyList<string> Changed,
    int AddedCount,
    int RemovedCount,
    int ChangedCount)
{
    public const int MaxPaths = 1_000;

    public static CodeDifference None { get; } = Of([], [], []);

    public static CodeDifference Of(IReadOnlyList<string> added, IReadOnlyList<string> removed, IReadOnlyList<string> changed) =>
        new(First(added), First(removed), First(changed), added.Count, removed.Count, changed.Count);

    private static IReadOnlyList<string> First(IReadOnlyList<string> paths) =>
        paths.Order(StringComparer.Ordinal).Take(MaxPaths).ToList();
}
