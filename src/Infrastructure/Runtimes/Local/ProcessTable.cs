using System.Text;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>A living process, no zombie.</summary>
internal readonly record struct ProcessEntry(int Id, int Group, int Session);

/// <summary>The machine's processes as Linux shows them under <c>/proc</c>; elsewhere there are none to be seen.</summary>
internal static class ProcessTable
{
    private const string Root = "/proc";

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && File.Exists($"{Root}/self/environ");

    public static IEnumerable<ProcessEntry> Living()
    {
        if (!IsSupported)
            yield break;

        foreach (var folder in Directory.EnumerateDirectories(Root))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), out var id) && Read(id) is { } entry)
                yield return entry;
        }
    }

    /// <summary>
    /// Whether the process was started with each of <paramref name="variables"/> (<c>NAME=value</c>) in its environment. False for a process of
    /// another user, or one that is gone.
    /// </summary>
    public static bool WasStartedWith(int id, IReadOnlyList<string> variables)
    {
        byte[] environment;
        try
        {
            environment = File.ReadAllBytes($"{Root}/{id}/environ");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        return variables.All(variable => Contains(environment, Encoding.UTF8.GetBytes(variable)));
    }

    private static bool Contains(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> variable)
    {
        foreach (var range in environment.Split((byte)0))
        {
            if (environment[range].SequenceEqual(variable))
                return true;
        }

        return false;
    }

    private static ProcessEntry? Read(int id)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"{Root}/{id}/stat");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // "id (name) state parent group session …", and the name may hold anything, brackets and blanks included.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 3 && fields[0] is not ("Z" or "X" or "x") && int.TryParse(fields[2], out var group) && int.TryParse(fields[3], out var session)
            ? new ProcessEntry(id, group, session)
            : null;
    }
}
