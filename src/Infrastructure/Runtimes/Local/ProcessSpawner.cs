using System.Collections.Concurrent;
using System.Diagnostics;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// Starts agents' processes, each the leader of its own session, to be killed by the kernel when the server dies. The kernel means the death of the
/// <i>thread</i> that started the process, so all are started by one thread that lives as long as the server.
/// </summary>
internal sealed class ProcessSpawner : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Lazy<Wrapper> _wrapper = new(FindWrapper);

    public ProcessSpawner() => new Thread(Work) { IsBackground = true, Name = "agent-spawner" }.Start();

    /// <summary>Starts a program, given by its absolute path. Its standard input is empty; the two outputs have to be read.</summary>
    public async Task<AgentProcess> StartAsync(
        string program, IEnumerable<string> arguments, string workingDirectory, IReadOnlyDictionary<string, string> environment, ProcessMark mark)
    {
        var started = new TaskCompletionSource<AgentProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                started.SetResult(Start(program, arguments, workingDirectory, environment, mark));
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return await started.Task;
    }

    public void Dispose() => _work.CompleteAdding();

    private AgentProcess Start(
        string program, IEnumerable<string> arguments, string workingDirectory, IReadOnlyDictionary<string, string> environment, ProcessMark mark)
    {
        var wrapper = _wrapper.Value;
        string[] command = [.. wrapper.Command, program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var process = Process.Start(start) ?? throw new InvalidOperationException("The system started no process.");
        process.StandardInput.Close();
        return new AgentProcess(process, wrapper.LeadsGroup, mark);
    }

    private void Work()
    {
        foreach (var action in _work.GetConsumingEnumerable())
            action();
        _work.Dispose();
    }

    private static Wrapper FindWrapper()
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        List<string> command = [];
        if (Executables.Find("setsid", path) is { } setsid)
            command.Add(setsid);
        var leadsGroup = command.Count > 0;
        if (Executables.Find("setpriv", path) is { } setpriv && Works(setpriv, path))
            command.AddRange([setpriv, "--pdeathsig", "KILL", "--"]);
        return new Wrapper(command, leadsGroup);
    }

    /// <summary>Some systems have a <c>setpriv</c> that doesn't know the option.</summary>
    private static bool Works(string setpriv, string? path)
    {
        if (Executables.Find("true", path) is not { } nothing)
            return false;

        var start = new ProcessStartInfo(setpriv, ["--pdeathsig", "KILL", "--", nothing])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start);
        if (process is null)
            return false;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private sealed record Wrapper(IReadOnlyList<string> Command, bool LeadsGroup);
}
