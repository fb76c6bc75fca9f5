namespace StackAgent.Domain.Sessions;

/// <summary>What an agent says about a piece of work. <see cref="Success"/> and <see cref="Failed"/> end a run.</summary>
public enum SessionStatus
{
    Running,
    Success,
    Failed,
    Pending,

    /// <summary>Blocked on a person, which is not the same as idle.</summary>
    WaitingForInput,
}

public static class SessionStatusExtensions
{
    public static bool IsTerminal(this SessionStatus status) => status is SessionStatus.Success or SessionStatus.Failed;
}
