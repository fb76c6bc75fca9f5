namespace StackAgent.Infrastructure.Runtimes.Local;

internal static class Executables
{
    /// <summary>As <see cref="Find(string, string?)"/>; a program with a slash in its name is looked for from the working directory instead.</summary>
    public static string? Find(string program, string? path, string workingDirectory)
    {
        if (!program.Contains('/'))
            return Find(program, path);

        var file = Path.GetFullPath(program, workingDirectory);
        return IsExecutable(file) ? file : null;
    }

    /// <summary>The absolute path of a program on a <c>PATH</c>; null when it isn't there.</summary>
    public static string? Find(string program, string? path)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [""];
        return (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, program + ending)))
            .FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string file)
    {
        const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & AnyExecute) != UnixFileMode.None);
    }
}
