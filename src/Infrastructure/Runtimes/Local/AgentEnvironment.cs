using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// An agent's environment, made from nothing: the server's own holds its secrets. Of the server's it has the search path alone.
/// </summary>
internal static class AgentEnvironment
{
    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>The environment of the process that <paramref name="plan"/> starts, and the folders that it names.</summary>
    /// <param name="agent">Its variables come over the defaults, but not over the port and the marks.</param>
    /// <param name="plan">What is started.</param>
    /// <param name="port">Where the agent has to listen.</param>
    /// <param name="runPath">Absolute folder for what the agent writes; made here.</param>
    /// <param name="run">The process's name: it has a temporary folder of its own, which goes with it (<see cref="Remove"/>).</param>
    /// <param name="mark">By which the agent's processes are found again.</param>
    public static Dictionary<string, string> Build(AgentSpec agent, LaunchPlan plan, int port, string runPath, string run, ProcessMark mark)
    {
        var home = Path.Combine(runPath, "home");
        var temporary = Path.Combine(TemporaryOf(runPath), run);
        Directory.CreateDirectory(home);
        Directory.CreateDirectory(temporary);

        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? DefaultPath,
            ["LANG"] = "C.UTF-8",
            ["LC_ALL"] = "C.UTF-8",
            ["TZ"] = "UTC",
            ["HOME"] = home,
            ["TMPDIR"] = temporary,
            ["PYTHONUNBUFFERED"] = "1",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["NO_UPDATE_NOTIFIER"] = "1",
        };

        // Without it no Windows program can open a socket.
        if (OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable("SystemRoot") is { } systemRoot)
            environment["SystemRoot"] = systemRoot;
        if (plan.GraphPath is { } graph)
            environment["STACKAGENT_GRAPH"] = graph;
        foreach (var (name, value) in agent.Environment)
            environment[name] = value;

        environment["PORT"] = port.ToString();
        foreach (var (name, value) in mark.Variables)
            environment[name] = value;
        return environment;
    }

    /// <summary>Removes what a process left in its temporary folder: a crash loop would otherwise fill the disk.</summary>
    public static void Remove(string runPath, string run) => Delete(Path.Combine(TemporaryOf(runPath), run));

    /// <summary>Removes what earlier processes left, while none runs.</summary>
    public static void RemoveAll(string runPath) => Delete(TemporaryOf(runPath));

    private static string TemporaryOf(string runPath) => Path.Combine(runPath, "tmp");

    private static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The agent may have taken its own rights away; that is its own loss.
        }
    }
}
