using System.Runtime.InteropServices;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>
/// Removes folders in which a hostile process lived. It may have made symbolic links to places outside, names that are no UTF-8, folders without
/// permissions or nested deeper than any path can say. <see cref="Directory.Delete(string,bool)"/> gives up on the last three, and a stack
/// would be <c>deleting</c> for ever. So on Linux this works on raw names, never follows a link, and moves each subfolder up before emptying it.
/// </summary>
internal static partial class FolderRemoval
{
    private const int NoSuchFile = 2;
    private const int IsDirectory = 21;
    private const int NotEmpty = 39;

    /// <summary>Where the name starts in a 64-bit Linux <c>dirent</c>, in glibc and musl.</summary>
    private const int NameOffset = 19;

    /// <summary>
    /// Removes everything in <paramref name="container"/>, a folder that only this process writes to, and the container itself. False when
    /// something was added meanwhile (a process that is just ending): try again.
    /// </summary>
    public static bool TryRemove(string container, CancellationToken cancellationToken)
    {
        try
        {
            if (OperatingSystem.IsLinux() && Environment.Is64BitProcess && !TryEmpty(container, cancellationToken))
                return false;

            Directory.Delete(container, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
    }

    private static bool TryEmpty(string container, CancellationToken cancellationToken)
    {
        var complete = true;
        var nextName = 0;
        var pending = new Stack<string>();
        foreach (var entry in new DirectoryInfo(container).EnumerateFileSystemInfos())
        {
            // A link to a folder counts as a folder there, and opening it would lead outside.
            if (entry is DirectoryInfo && entry.LinkTarget is null)
                pending.Push(entry.FullName);
            else
                entry.Delete();
        }

        while (pending.TryPop(out var folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var bytes = Disk.Terminated(folder);
            Empty(bytes, folder, MoveUp);
            if (RemoveFolder(bytes) != 0 && Marshal.GetLastPInvokeError() is var error and not NoSuchFile)
                complete = error == NotEmpty ? false : throw Disk.LastError("remove", folder);
        }

        return complete;

        void MoveUp(ReadOnlySpan<byte> child)
        {
            string path;
            do
            {
                path = Path.Combine(container, $"{nextName++}");
            }
            while (Directory.Exists(path));

            // Moving a folder rewrites its "..", which needs the right to write to it.
            _ = ChangeMode(child, 0x1C0);
            if (Disk.Rename(child, Disk.Terminated(path)) == 0)
                pending.Push(path);
            else if (Marshal.GetLastPInvokeError() != NoSuchFile)
                throw Disk.LastError("move", path);
        }
    }

    private delegate void FolderFound(ReadOnlySpan<byte> path);

    private static unsafe void Empty(ReadOnlySpan<byte> folder, string path, FolderFound found)
    {
        _ = ChangeMode(folder, 0x1C0);
        var listing = OpenFolder(folder);
        if (listing == 0)
        {
            if (Marshal.GetLastPInvokeError() == NoSuchFile)
                return;
            throw Disk.LastError("list", path);
        }

        try
        {
            while (ReadFolder(listing) is var entry && entry != 0)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + NameOffset);
                if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                    continue;

                byte[] child = [.. folder[..^1], (byte)'/', .. name, 0];
                if (Unlink(child) == 0)
                    continue;

                switch (Marshal.GetLastPInvokeError())
                {
                    case NoSuchFile:
                        break;
                    case IsDirectory:
                        found(child);
                        break;
                    default:
                        throw Disk.LastError("remove a file in", path);
                }
            }
        }
        finally
        {
            _ = CloseFolder(listing);
        }
    }

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true)]
    private static partial nint OpenFolder(ReadOnlySpan<byte> path);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial nint ReadFolder(nint listing);

    [LibraryImport("libc", EntryPoint = "closedir", SetLastError = true)]
    private static partial int CloseFolder(nint listing);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    private static partial int Unlink(ReadOnlySpan<byte> path);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true)]
    private static partial int RemoveFolder(ReadOnlySpan<byte> path);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    private static partial int ChangeMode(ReadOnlySpan<byte> path, uint mode);
}
