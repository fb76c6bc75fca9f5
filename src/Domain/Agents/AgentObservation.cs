namespace StackAgent.Domain.Agents;

/// <summary>What a runtime sees of one agent.</summary>
/// <param name="State">Where the agent stands.</param>
/// <param name="Reason">A stable word such as <c>CrashLoopBackOff</c>; required for <see cref="ObservedState.Failed"/>.</param>
/// <param name="Message">A sentence that says what happened and what to do, with exit code and last log lines where there are any.</param>
public sealed record AgentObservation(ObservedState State, string? Reason = null, string? Message = null)
{
    /// <summary>The rollout that this is about (<see cref="Agent.Rollout"/>); null: the agent's present one.</summary>
    public int? Rollout { get; init; }

    /// <summary>A failure that waiting won't mend: the agent keeps crashing, wasn't ready in time, or can't be started at all.</summary>
    public bool IsLasting { get; init; }

    public static AgentObservation Starting { get; } = new(ObservedState.Starting);

    public static AgentObservation Running { get; } = new(ObservedState.Running);

    public static AgentObservation Failed(string reason, string message) => new(ObservedState.Failed, reason, message);
}

public enum ObservedState
{
    Starting,
    Running,
    Failed,
}
