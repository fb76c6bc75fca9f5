namespace StackAgent.Domain.Sessions;

/// <summary>What an agent says about a piece of work. `success` and `failed` end a run.</summary>
public enum SessionStatus
{
    Running,
    Success,
    Failed,
    Pending,

    /// <summary>Blocked on a person, which is not the same as idle.</summary>
    WaitingForInput,
}

/// <summary>How a session stands: what its newest report said, unless it fell silent while it was running.</summary>
public enum SessionState
{
    Running,
    Success,
    Failed,
    Pending,

    /// <summary>Blocked on a person, which is not the same as idle.</summary>
    WaitingForInput,

    /// <summary>It said it was running, and then nothing for its TTL.</summary>
    Expired,
}

public static class SessionStatusExtensions
{
    public static bool IsTerminal(this SessionStatus status) => status is SessionStatus.Success or SessionStatus.Failed;

    public static SessionState ToState(this SessionStatus status, bool isExpired) => status switch
    {
        SessionStatus.Running => isExpired ? SessionState.Expired : SessionState.Running,
        SessionStatus.Success => SessionState.Success,
        SessionStatus.Failed => SessionState.Failed,
        SessionStatus.Pending => SessionState.Pending,
        SessionStatus.WaitingForInput => SessionState.WaitingForInput,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not a status."),
    };
}
