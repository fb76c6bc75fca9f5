namespace StackAgent.Application.Common.Security;

/// <summary>The API keys that deployed agents report with.</summary>
public interface IAgentKeys
{
    /// <summary>
    /// The plaintext key of a deployed agent, for its environment: scope <c>report</c>, for this agent alone. It is derived from the
    /// server's secret, not stored, so the same call returns the same key until the key is revoked or the server's secret changes;
    /// then it returns a new one and the agent has to be restarted with it. Never log it.
    /// </summary>
    Task<string> IssueAsync(Guid ownerId, Guid agentId, CancellationToken cancellationToken);
}
