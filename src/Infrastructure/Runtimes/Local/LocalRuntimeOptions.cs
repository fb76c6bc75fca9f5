namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>How agents run as processes of this machine.</summary>
/// <param name="BasePath">The platform's folder: its lock is held by the one server that acts, and it marks the processes that belong to it.</param>
public sealed record LocalRuntimeOptions(string BasePath)
{
    /// <summary>The name of the setting that <see cref="GraphCommand"/> comes from; named in messages.</summary>
    public const string GraphCommandVariable = "LOCAL_GRAPH_COMMAND";

    /// <summary>
    /// The shell command that serves an agent which is nothing but a <c>graph.py</c>; it finds the file's absolute path in
    /// <c>STACKAGENT_GRAPH</c>. Null: such agents can't run here.
    /// </summary>
    public string? GraphCommand { get; init; }

    /// <summary>How long an agent may take until it listens on its port.</summary>
    public TimeSpan DeployTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The pause before the first restart; it doubles with each further crash.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between restarts, and between looks at an agent that can't be started at all.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>So many crashes in a row are a crash loop.</summary>
    public int CrashLimit { get; init; } = 5;

    /// <summary>An agent that was ready for so long has recovered: its crashes are counted from nothing again.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time between SIGTERM and SIGKILL.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes after which an agent's log file is set aside and begun anew; one old file is kept.</summary>
    public long LogFileLimit { get; init; } = 5 * 1024 * 1024;

    /// <summary>Bytes of each run's end that stay readable for a day, whatever is written after it.</summary>
    public long LogKeptOfRun { get; init; } = 1024 * 1024;

    /// <summary>How long a process that was replaced goes on at least.</summary>
    public TimeSpan DrainMoment { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a process that was replaced may take to finish the requests it has.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);
}
