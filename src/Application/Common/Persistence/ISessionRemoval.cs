namespace StackAgent.Application.Common.Persistence;

/// <summary>
/// The one way in which sessions, and agents with theirs, leave the database. Both work inside
/// <see cref="IApplicationDbContext.InTransactionAsync{T}"/>, before anything else in it locks a row of theirs, because they take the lock that
/// reports take. What was reported about the removed sessions is invisible from the commit on, and deleted afterwards a little at a time.
/// </summary>
public interface ISessionRemoval
{
    /// <summary>Removes the agent's row and its sessions. False when it isn't there (any more).</summary>
    Task<bool> RemoveAgentAsync(Guid agentId, CancellationToken cancellationToken);

    /// <summary>Removes one session and says so to whoever follows the agent. False when it isn't there (any more).</summary>
    Task<bool> RemoveSessionAsync(Guid agentId, Guid sessionId, CancellationToken cancellationToken);
}
