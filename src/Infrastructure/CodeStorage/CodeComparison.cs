using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.CodeStorage.Zip;

namespace StackAgent.Infrastructure.CodeStorage;

internal sealed class CodeComparison(CodeStorageOptions options) : ICodeComparison
{
    private readonly CodePaths _paths = new(options.BasePath);

    // What was accepted once can be compared, also when less is accepted by now.
    private readonly CodeStorageOptions _limits = options.WithoutLimits();

    public Task<CodeDifference?> CompareAsync(AgentRef agent, int earlier, int later, CancellationToken cancellationToken) =>
        CompareAsync(ZipPath(agent, earlier), ZipPath(agent, later), cancellationToken);

    public Task<CodeDifference?> CompareAsync(AgentRef agent, int earlier, IStagedCode later, CancellationToken cancellationToken) =>
        CompareAsync(ZipPath(agent, earlier), later.ZipPath, cancellationToken);

    private string ZipPath(AgentRef agent, int revision) =>
        Path.Combine(_paths.Revision(agent.StackId, agent.AgentId, revision), CodePaths.ZipName);

    private Task<CodeDifference?> CompareAsync(string earlier, string later, CancellationToken cancellationToken) => Task.Run(
        () => Read(earlier, cancellationToken) is { } before && Read(later, cancellationToken) is { } after ? Compare(before, after) : null,
        cancellationToken);

    private static CodeDifference Compare(Dictionary<string, ZipEntry> before, Dictionary<string, ZipEntry> after) => CodeDifference.Of(
        [.. after.Keys.Where(path => !before.ContainsKey(path))],
        [.. before.Keys.Where(path => !after.ContainsKey(path))],
        [.. after.Where(entry => before.TryGetValue(entry.Key, out var old) && !AreSame(old, entry.Value)).Select(entry => entry.Key)]);

    private static bool AreSame(ZipEntry left, ZipEntry right) =>
        (left.UnpackedSize, left.Crc32, left.IsExecutable) == (right.UnpackedSize, right.Crc32, right.IsExecutable);

    /// <summary>The files by path; null when the ZIP isn't there, or isn't what it was when it was accepted.</summary>
    private Dictionary<string, ZipEntry>? Read(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return new ZipInspector(file, _limits).Inspect(cancellationToken)
                .Where(entry => !entry.IsFolder)
                .ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or ValidationFailedException)
        {
            return null;
        }
    }
}
