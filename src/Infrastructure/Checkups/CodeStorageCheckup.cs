using StackAgent.Infrastructure.CodeStorage;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>
/// The folder with agents' code: whether files can be written, flushed, moved to their place and locked there. Free space and permissions alone don't tell: quotas,
/// mounts within the folder and network file systems have their own ways.
/// </summary>
internal sealed class CodeStorageCheckup(CodeStorageOptions options) : ICheckup
{
    private const string What = "code folder";

    // The system's own numbers, as exceptions on Unix hold them.
    private const int CrossDevice = 18;
    private const int NoSpace = 28;
    private const int OverQuota = 122;

    public string Area => What;

    /// <summary>On a thread of its own: a disk that hangs shall not hold up everything.</summary>
    public Task ExamineAsync(Findings findings, CancellationToken cancellationToken) => Task.Run(() => Examine(findings), cancellationToken);

    private void Examine(Findings findings)
    {
        if (Directory.Exists(options.BasePath))
            ExamineFolder(findings);
        else if (WritableFolder.FindObstacle(options.BasePath) is { } obstacle)
            findings.Fault(What, $"{options.BasePath}: not there yet, and can't be made: {obstacle}", "Let the server's user write there, or name another folder in AGENT_PLATFORM_BASE_PATH.");
        else
            findings.Ok(What, $"{options.BasePath}: not there yet; the server makes it when it is needed");

        // Packed and unpacked, the largest upload has to fit.
        var upload = (long)Math.Min((decimal)options.MaxPackedBytes + options.MaxUnpackedBytes, long.MaxValue);
        DiskSpace.Examine(findings, "code folder's disk", options.BasePath, Math.Max(upload, DiskSpace.Least));
    }

    private void ExamineFolder(Findings findings)
    {
        var name = $".doctor-{Guid.NewGuid():N}";
        var (from, to) = (Path.Combine(FolderOrBase(".staging"), name), Path.Combine(FolderOrBase("stacks"), name + "-moved"));
        try
        {
            Write(from);
            if (!HoldsLock(from))
            {
                findings.Warn(
                    "code folder's locks",
                    "files can't be locked against other processes",
                    "One server works so. Several that share the folder need a file system with working locks (NFS 4, CephFS, EFS).");
            }

            Disk.Replace(from, to);
            Disk.FlushFolder(Path.GetDirectoryName(to)!);
            findings.Ok(What, $"{options.BasePath}: files can be written, flushed and moved to their place");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var (found, advice) = Explain(exception);
            findings.Fault(What, $"{options.BasePath}: {found}", advice);
        }
        finally
        {
            Remove(findings, from);
            Remove(findings, to);
        }
    }

    private string FolderOrBase(string name) => Path.Combine(options.BasePath, name) is var folder && Directory.Exists(folder) ? folder : options.BasePath;

    private static void Write(string path)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, new byte[4096], 0);
        RandomAccess.FlushToDisk(file);
    }

    private static bool HoldsLock(string path)
    {
        using var held = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        try
        {
            using var second = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static (string Found, string Advice) Explain(Exception exception) => exception.HResult switch
    {
        CrossDevice => (
            ".staging and stacks are on different file systems, so that uploads can't be moved to their place",
            "Mount the folder as a whole, not one of the two within it."),
        NoSpace => ("its disk is full", "Make room."),
        OverQuota => ("the user's quota of the disk is used up", "Raise the quota, or make room."),
        _ => ($"it can't be written to: {exception.Message}", "Let the server's user write there, and mount it for writing."),
    };

    private static void Remove(Findings findings, string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            findings.Warn(What, $"a file that was made to find out couldn't be removed: {exception.Message}", $"Remove {path}.");
        }
    }
}
