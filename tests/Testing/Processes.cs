namespace StackAgent.Testing;

/// <summary>Looks at this machine's processes from outside, as Linux shows them under <c>/proc</c>.</summary>
public static class Processes
{
    /// <summary>Those whose working directory is in <paramref name="folder"/>.</summary>
    public static IReadOnlyList<int> WorkingIn(string folder) => Where(process =>
        File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName.StartsWith(folder, StringComparison.Ordinal) == true);

    /// <summary>Those that were started with <paramref name="entry"/> (<c>NAME=value</c>) in their environment.</summary>
    public static IReadOnlyList<int> StartedWith(string entry) => Where(process =>
        File.ReadAllText(Path.Combine(process, "environ")).Split('\0').Contains(entry, StringComparer.Ordinal));

    /// <summary>A figure in bytes of <c>/proc/PID/status</c>, for example <c>VmRSS</c>.</summary>
    public static long Memory(int process, string field)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith($"{field}:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
    }

    /// <summary>Makes <c>VmHWM</c>, the peak of the memory in use, start over from the present.</summary>
    public static void ResetPeakMemory(int process) => File.WriteAllText($"/proc/{process}/clear_refs", "5");

    private static List<int> Where(Func<string, bool> accept)
    {
        var found = new List<int>();
        foreach (var process in Directory.GetDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(process), out var id) && accept(process))
                    found.Add(id);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // The process ended while it was looked at.
            }
        }

        return found;
    }
}
