using System.Runtime.InteropServices;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>POSIX signals to processes and process groups; nothing where there are none.</summary>
internal static partial class Signals
{
    private const int Kill = 9;
    private const int Term = 15;

    public static void KillProcess(int processId) => Send(processId, Kill);

    public static void KillGroup(int groupId) => Send(-groupId, Kill);

    public static void TerminateGroup(int groupId) => Send(-groupId, Term);

    public static void TerminateProcess(int processId) => Send(processId, Term);

    /// <summary>An exit code for people: a process ended by a signal has 128 and the signal's number.</summary>
    public static string Describe(int exitCode) => Name(exitCode - 128) is { } name ? $"exit code {exitCode} ({name})" : $"exit code {exitCode}";

    private static string? Name(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        Kill => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        Term => "SIGTERM",
        _ => null,
    };

    private static void Send(int target, int signal)
    {
        // 0, 1, -1 and so on would reach the server's own group, init, or every process there is.
        if (Math.Abs(target) > 1 && !OperatingSystem.IsWindows())
            _ = SendSignal(target, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int processId, int signal);
}
