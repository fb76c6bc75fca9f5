using StackAgent.Domain.Agents;

namespace StackAgent.Application.Common.Runtimes;

/// <summary>
/// Where agents run. Every call states what should be and may be repeated at any time (level-triggered): applying what is already
/// there changes nothing, removing what isn't there succeeds. Calls for one agent never overlap; calls for different agents do.
/// </summary>
public interface IAgentRuntime
{
    /// <summary>One line for the start-up block and the readiness answer, for example <c>local processes</c>.</summary>
    string Description { get; }

    /// <summary>
    /// Waits until this server is the one that acts for the runtime (another server may hold it) and takes over what a predecessor left:
    /// after it returns no process of a dead server runs any more. Cancelled only by the server's end.
    /// </summary>
    Task AcquireAsync(CancellationToken cancellationToken);

    /// <summary>Makes the place that a stack's agents share. Throws <see cref="RuntimeRefusedException"/> when the runtime says no.</summary>
    Task ApplyStackAsync(Guid stackId, CancellationToken cancellationToken);

    /// <summary>Removes a stack with all that runs in it. False while the end is still under way: ask again.</summary>
    Task<bool> RemoveStackAsync(Guid stackId, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the agent run as specified, restarting it when the specification differs from what runs. Returns before the agent is ready.
    /// <see cref="ObserveAsync"/> says again how the agent stands even when nothing had to change, so that a row which says otherwise is put right.
    /// </summary>
    Task ApplyAgentAsync(AgentSpec agent, CancellationToken cancellationToken);

    /// <summary>Removes an agent. False while the end is still under way: ask again.</summary>
    Task<bool> RemoveAgentAsync(AgentRef agent, CancellationToken cancellationToken);

    /// <summary>
    /// Everything the runtime sees, for ever: first what is there, then each change. One reader at a time. A slow reader misses nothing
    /// but intermediate states.
    /// </summary>
    IAsyncEnumerable<ObservedAgent> ObserveAsync(CancellationToken cancellationToken);

    /// <summary>All agents that exist in the runtime and carry its mark; for finding those that no row asks for.</summary>
    Task<IReadOnlyList<AgentRef>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The last <paramref name="lines"/> lines the agent wrote, oldest first; empty when there are none.</summary>
    Task<IReadOnlyList<string>> ReadLogTailAsync(AgentRef agent, int lines, CancellationToken cancellationToken);

    /// <summary>Null when the runtime works, else a sentence that says what is wrong.</summary>
    Task<string?> CheckHealthAsync(CancellationToken cancellationToken);
}

/// <summary>Which agent; names a Deployment in a namespace or a process in a folder.</summary>
public readonly record struct AgentRef(Guid StackId, Guid AgentId);

/// <summary>What the runtime sees of one agent.</summary>
public sealed record ObservedAgent(AgentRef Agent, AgentObservation Observation);

/// <summary>All that a runtime needs to run an agent. Two specifications are the same when <see cref="Fingerprint"/> is.</summary>
/// <param name="Agent">Whose specification this is.</param>
/// <param name="Revision">Counts the changes of code or configuration.</param>
/// <param name="CodePath">Absolute folder of the unpacked code.</param>
/// <param name="Environment">Variables for the agent beside <c>PORT</c>, which the runtime chooses. Holds a secret: never log it.</param>
public sealed record AgentSpec(AgentRef Agent, int Revision, string CodePath, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Changes exactly when the agent has to be restarted.</summary>
    public string Fingerprint => string.Join('\n', Environment
        .OrderBy(variable => variable.Key, StringComparer.Ordinal)
        .Select(variable => $"{variable.Key}={variable.Value}")
        .Prepend($"{Revision} {CodePath}"));
}

/// <summary>The runtime understood and said no: the stack or agent is <c>failed</c> with this reason until it says yes.</summary>
public sealed class RuntimeRefusedException(string reason, string message) : Exception(message)
{
    /// <summary>A stable word, for example <c>NamespaceForbidden</c>.</summary>
    public string Reason { get; } = reason;
}
