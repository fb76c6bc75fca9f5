using System.Text.Json;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Common.Runtimes;

/// <summary>
/// Where agents run. Every call states what should be and may be repeated at any time (level-triggered): applying what is already
/// there changes nothing, removing what isn't there succeeds. Calls for one agent never overlap; calls for different agents do.
/// A call that can't be carried out now but may be later throws <see cref="RuntimeUnavailableException"/>, and is repeated. A runtime that
/// sees something change behind the server's back wakes the reconciler through <see cref="Deployment.IReconcileQueue"/>.
/// </summary>
public interface IAgentRuntime
{
    /// <summary>One line for the start-up block and the readiness answer, for example <c>local processes</c>.</summary>
    string Description { get; }

    /// <summary>
    /// Waits until this server can use the runtime (one that only one server can use may be another's) and takes over what a predecessor left:
    /// after it returns no process of a dead server runs any more. Cancelled only by the server's end.
    /// </summary>
    Task AcquireAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What the runtime does by itself while this server leads, beside what it is asked for: nothing, unless it says otherwise. Begins anew each time; returns or throws
    /// once it is cancelled and has stopped.
    /// </summary>
    Task LeadAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    /// <summary>
    /// Makes the place that a stack's agents share. True when it wasn't there: agents that it had before have to be applied again.
    /// Throws <see cref="RuntimeRefusedException"/> when the runtime says no.
    /// </summary>
    Task<bool> ApplyStackAsync(Guid stackId, CancellationToken cancellationToken);

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
    /// but intermediate states. Says something only while <see cref="LeadAsync"/> runs, where several servers use the runtime.
    /// </summary>
    IAsyncEnumerable<ObservedAgent> ObserveAsync(CancellationToken cancellationToken);

    /// <summary>
    /// All that exists in the runtime and carries this installation's mark; for finding what no row asks for. Waits until the runtime
    /// can tell.
    /// </summary>
    Task<RuntimeInventory> ListAsync(CancellationToken cancellationToken);

    /// <summary>The last <paramref name="lines"/> lines the agent wrote, oldest first; empty when there are none.</summary>
    Task<IReadOnlyList<string>> ReadLogTailAsync(AgentRef agent, int lines, CancellationToken cancellationToken);

    /// <summary>
    /// What the agent writes, in the order of time as far as it can be told: first what is kept, then, when it is followed, each line as it
    /// comes, until the reader stops. Following outlives the agent's processes: when another takes over, its lines come next. A slow reader costs
    /// the agent nothing; what it misses is told by a marker.
    /// </summary>
    IAsyncEnumerable<LogLine> ReadLogAsync(AgentRef agent, LogQuery query, CancellationToken cancellationToken);

    /// <summary>Null when the runtime works, else a sentence that says what is wrong.</summary>
    Task<string?> CheckHealthAsync(CancellationToken cancellationToken);
}

/// <summary>Which agent; names a Deployment in a namespace or a process in a folder.</summary>
public readonly record struct AgentRef(Guid StackId, Guid AgentId);

/// <summary>What exists in a runtime.</summary>
/// <param name="Stacks">Empty where a stack is nothing but its agents.</param>
/// <param name="Agents">Agents of those stacks, and any others.</param>
public sealed record RuntimeInventory(IReadOnlyCollection<Guid> Stacks, IReadOnlyCollection<AgentRef> Agents);

/// <summary>What the runtime sees of one agent.</summary>
public sealed record ObservedAgent(AgentRef Agent, AgentObservation Observation);

/// <summary>All that a runtime needs to run an agent. Two specifications are the same when <see cref="Fingerprint"/> is.</summary>
/// <param name="Agent">Whose specification this is.</param>
/// <param name="Revision">Which of the agent's revisions.</param>
/// <param name="CodePath">Absolute folder of that revision's unpacked code, for runtimes that share this server's disk.</param>
/// <param name="Environment">
/// Every variable, those of <see cref="Settings"/> and the secrets included, beside <c>PORT</c>, which the runtime chooses. Never log it.
/// </param>
public sealed record AgentSpec(AgentRef Agent, int Revision, string CodePath, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The same code for runtimes that fetch it. It follows from the revision, so it isn't a part of the fingerprint.</summary>
    public AgentCode Code { get; init; } = AgentCode.Unknown;

    /// <summary>
    /// Which rollout asks for this; observations say which one they are about. Not a part of the fingerprint: a way back to what still runs
    /// touches no process.
    /// </summary>
    public int Rollout { get; init; } = 1;

    /// <summary>Counts restarts: another number wants other processes.</summary>
    public int Restarts { get; init; }

    /// <summary>Everything stays but the processes.</summary>
    public bool IsStopped { get; init; }

    /// <summary>What its user set; null: the server's default. Its environment is in <see cref="Environment"/> already.</summary>
    public AgentSettings Settings { get; init; } = AgentSettings.None;

    /// <summary>Changes exactly when other processes are wanted. Holds secrets: store or show only its digest.</summary>
    public string Fingerprint => string.Join('\n', Environment
        .OrderBy(variable => variable.Key, StringComparer.Ordinal)
        .Select(variable => $"{variable.Key}={variable.Value}")
        .Prepend($"{Revision} {CodePath} {Restarts} {JsonSerializer.Serialize(Settings with { Environment = null })}"));
}

/// <summary>An upload, as it can be told from others.</summary>
/// <param name="Revision">The revision that it came with.</param>
/// <param name="Digest">SHA-256 of the ZIP, 64 hexadecimal digits in lower case.</param>
public sealed record AgentCode(int Revision, string Digest)
{
    public static AgentCode Unknown { get; } = new(0, "");
}

/// <summary>The runtime didn't do what it was asked to.</summary>
public abstract class RuntimeException(string reason, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>A stable word, for example <c>NamespaceForbidden</c>; the message is the sentence for a person.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The runtime understood and said no: the stack or agent is <c>failed</c> with this reason until it says yes.</summary>
public sealed class RuntimeRefusedException(string reason, string message) : RuntimeException(reason, message);

/// <summary>The runtime can't do it at the moment: it is down, overloaded, or busy with what has to happen first. Trying again may help.</summary>
public sealed class RuntimeUnavailableException(string reason, string message, TimeSpan? retryAfter = null, Exception? cause = null)
    : RuntimeException(reason, message, cause)
{
    /// <summary>The earliest time at which trying again makes sense, where the runtime said so.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
