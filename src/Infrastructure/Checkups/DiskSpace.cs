namespace StackAgent.Infrastructure.Checkups;

/// <summary>The disk below a path, whether or not there is something at the path yet.</summary>
internal static class DiskSpace
{
    /// <summary>With less, whatever is written next may fail.</summary>
    public const long Least = 200L << 20;

    private static readonly HashSet<string> Shared = new(StringComparer.OrdinalIgnoreCase)
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smbfs", "ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "9p",
    };

    /// <summary>Reports how much is free.</summary>
    /// <param name="findings">Where what is found goes.</param>
    /// <param name="what">The disk's name.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="comfortable">Bytes below which it is worth a warning.</param>
    public static void Examine(Findings findings, string what, string path, long comfortable)
    {
        long free;
        try
        {
            free = new DriveInfo(ExistingFolder(path)).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            findings.Warn(what, $"how much is free can't be found out: {exception.Message}", "Look at it with df.");
            return;
        }

        var found = $"{Size(free)} free";
        if (free < Least)
            findings.Fault(what, found, "Make room: reports, uploads and logs fail when it is full.");
        else if (free < comfortable)
            findings.Warn(what, found, $"Make room: it should be at least {Size(comfortable)}.");
        else
            findings.Ok(what, found);
    }

    /// <summary>The kind of network file system that the path is on; null when it is on a disk of this machine, or that can't be told.</summary>
    public static string? FindShared(string path)
    {
        try
        {
            return new DriveInfo(ExistingFolder(path)).DriveFormat is var format && Shared.Contains(format) ? format : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The path itself, or the nearest folder above it that is there.</summary>
    public static string ExistingFolder(string path)
    {
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } parent)
            path = parent;
        return path;
    }

    private static string Size(long bytes) => bytes < 1L << 30 ? $"{bytes >> 20} MiB" : $"{bytes / (double)(1L << 30):0.0} GiB";
}
