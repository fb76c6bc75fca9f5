namespace StackAgent.Domain.Agents;

public enum AgentKind
{
    /// <summary>Made here, belongs to a stack.</summary>
    Deployed,

    /// <summary>Runs anywhere, known by its status reports.</summary>
    Reported,
}

/// <summary>
/// <c>pending → deploying → running | failed</c>, <c>stopped</c> at its user's wish, <c>deleting → gone</c>; <c>external</c> for a reported agent.
/// </summary>
public enum AgentStatus
{
    Pending,
    Deploying,
    Running,
    Failed,
    Stopped,
    Deleting,
    External,
}
