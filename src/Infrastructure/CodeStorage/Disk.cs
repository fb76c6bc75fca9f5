using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>Files and folders with exact modes, whatever the umask, and the flushes that .NET has no name for.</summary>
internal static partial class Disk
{
    private const UnixFileMode FileMode644 =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Mode755 =
        FileMode644 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>A folder of mode 0755; one that exists is fine.</summary>
    public static void CreateFolder(string path)
    {
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, Mode755);
    }

    /// <summary>A new file of mode 0644, or 0755 when it is a program.</summary>
    public static SafeFileHandle CreateFile(string path, bool isExecutable)
    {
        var file = File.OpenHandle(path, System.IO.FileMode.CreateNew, FileAccess.Write, FileShare.None);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, isExecutable ? Mode755 : FileMode644);
        return file;
    }

    /// <summary>
    /// Renames a file or a link over whatever file or link is there: at once, as seen by anybody, and without following either.
    /// <see cref="File.Move(string, string, bool)"/> takes a link to a folder for the folder.
    /// </summary>
    public static void Replace(string from, string to)
    {
        if (OperatingSystem.IsWindows())
            File.Move(from, to, overwrite: true);
        else if (Rename(Terminated(from), Terminated(to)) != 0)
            throw LastError("rename to", to);
    }

    /// <summary>
    /// Returns once everything that was written to the file system of <paramref name="folder"/> is on the disk. One call for ten thousand
    /// small files, where a flush of each would take minutes.
    /// </summary>
    public static void FlushFileSystem(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;

        using var handle = OpenFolder(folder);
        if (SyncFileSystem(handle) != 0)
            throw LastError("flush", folder);
    }

    /// <summary>Makes the names in a folder durable: without it a rename may be undone by a loss of power.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;

        using var handle = OpenFolder(folder);
        if (Sync(handle) != 0)
            throw LastError("flush", folder);
    }

    /// <summary>The failure of the last call into libc.</summary>
    public static IOException LastError(string verb, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Can't {verb} '{path}': {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    /// <summary>A path as libc takes it.</summary>
    public static byte[] Terminated(string path) => Encoding.UTF8.GetBytes(path + '\0');

    /// <summary>libc's <c>rename</c>, for names that no string can hold. 0, or -1 with the error set.</summary>
    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true)]
    public static partial int Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to);

    private static SafeFileHandle OpenFolder(string path)
    {
        // File.OpenHandle refuses folders. Read-only is 0; close-on-exec, a number of each system, keeps the handle from agents started meanwhile.
        var closeOnExec = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;
        var descriptor = Open(Terminated(path), closeOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LastError("open", path);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(ReadOnlySpan<byte> path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeFileHandle file);
}
