using StackAgent.Infrastructure.Runtimes.Local;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>The programs that agents' processes are started with.</summary>
internal sealed class LocalRuntimeCheckup(string? path) : ICheckup
{
    private static readonly (string Program, string For)[] Interpreters =
    [
        ("python3", "agents with a main.py"),
        ("node", "agents with an index.js"),
        ("npm", "agents with a package.json"),
        ("sh", "agents with a Procfile, and LOCAL_GRAPH_COMMAND"),
    ];

    public string Area => "local runtime";

    public Task ExamineAsync(Findings findings, CancellationToken cancellationToken)
    {
        foreach (var (program, purpose) in Interpreters)
        {
            if (Executables.Find(program, path) is { } found)
                findings.Ok(program, found);
            else
                findings.Warn(program, "not found on the server's PATH", $"Install it, or add its folder to PATH: {purpose} need it.");
        }

        if (!OperatingSystem.IsWindows() && Executables.Find("setpriv", path) is null)
        {
            findings.Warn(
                "setpriv", "not found on the server's PATH", "Install util-linux: without it agents outlive a server that is killed, until another one starts.");
        }

        return Task.CompletedTask;
    }
}
