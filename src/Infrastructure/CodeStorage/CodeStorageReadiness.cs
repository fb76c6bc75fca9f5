using StackAgent.Application.Common;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>
/// Whether agents' code can be stored, found out by storing something: free space is no promise (quotas, inodes), and a file system that an
/// error has made read-only looks like any other.
/// </summary>
internal sealed class CodeStorageReadiness(CodeStorageOptions options) : IReadinessCheck
{
    /// <summary>Of all servers; beside their staging folders, where sweeps look at folders alone.</summary>
    public const string ProbeName = "readiness-probe";

    private static readonly byte[] Probe = new byte[4096];

    private volatile bool _wasThere;

    public string Name => "code";

    /// <summary>On a thread of its own: a disk that hangs shall not hold up the answer.</summary>
    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.Run(Check, cancellationToken);

    private string? Check()
    {
        // Before the first upload there may be none. But in place of one that is gone nothing is made: what was mounted there comes back.
        if (_wasThere && !Directory.Exists(options.BasePath))
            return "The folder that holds agents' code is gone.";

        try
        {
            var folder = Path.Combine(options.BasePath, ".staging");
            Directory.CreateDirectory(folder);
            _wasThere = true;

            // Not kept: what is written over itself finds room on a full disk.
            using var file = File.OpenHandle(
                Path.Combine(folder, ProbeName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, FileOptions.DeleteOnClose);
            RandomAccess.Write(file, Probe, 0);
            RandomAccess.FlushToDisk(file);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return FullDisk.IsCauseOf(exception)
                ? "The disk that holds agents' code is full."
                : "The folder that holds agents' code can't be written to.";
        }
    }
}
