using System.Runtime.InteropServices;

namespace StackAgent.Infrastructure.Common;

/// <summary>Files that exactly one of several processes gets to make.</summary>
public static partial class NewFile
{
    private const int FileExists = 17;

    /// <summary>
    /// Puts a finished file under its name, unless there is one already. Of several that try at once exactly one succeeds, and nobody ever sees
    /// half a file. <see cref="File.Move(string, string, bool)"/> doesn't promise that on Unix: it looks first and renames then.
    /// </summary>
    /// <param name="draft">The finished file, in the same folder; to be deleted afterwards where it still is.</param>
    /// <param name="path">The name to take.</param>
    /// <returns>False when the name was taken.</returns>
    /// <exception cref="IOException">It can be put there neither now nor later.</exception>
    public static bool TryPublish(string draft, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(draft, path, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(path))
            {
                return false;
            }
        }

        if (Link(draft, path) == 0)
            return true;

        var error = Marshal.GetLastPInvokeError();
        return error == FileExists ? false : throw new IOException($"{path} can't be made: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string draft, string path);
}
