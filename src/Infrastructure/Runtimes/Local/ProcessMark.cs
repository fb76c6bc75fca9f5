using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// Variables in the environment of every agent's process, inherited by whatever it starts: by them its processes are known as this platform's,
/// whoever their parent has become.
/// </summary>
internal sealed class ProcessMark
{
    private readonly KeyValuePair<string, string>[] _variables;

    private ProcessMark(params KeyValuePair<string, string>[] variables)
    {
        _variables = variables;
        Entries = [.. variables.Select(variable => $"{variable.Key}={variable.Value}")];
    }

    public IReadOnlyList<KeyValuePair<string, string>> Variables => _variables;

    /// <summary>As they stand in an environment: <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Entries { get; }

    /// <summary>Of all processes of the platform in one folder.</summary>
    public static ProcessMark OfPlatform(string basePath) =>
        new(KeyValuePair.Create("STACKAGENT_PLATFORM", Path.TrimEndingDirectorySeparator(Path.GetFullPath(basePath))));

    /// <summary>Of one agent's processes: the platform's mark and the agent's.</summary>
    public ProcessMark Of(AgentRef agent) =>
        new([.. _variables, KeyValuePair.Create("STACKAGENT_PLATFORM_AGENT", $"{agent.StackId}/{agent.AgentId}")]);

    /// <summary>Of one run of an agent: an agent that is being replaced has processes that aren't to be ended with the others.</summary>
    public ProcessMark Of(string run) => new([.. _variables, KeyValuePair.Create("STACKAGENT_PLATFORM_RUN", run)]);
}
