namespace StackAgent.Application.Common.Security;

/// <summary>The API keys that deployed agents report with.</summary>
public interface IAgentKeys
{
    /// <summary>
    /// The key for an agent's environment: scope <c>report</c>, for this agent alone. The same key as long as it isn't revoked. It is
    /// derived, not stored: the database knows its hash only.
    /// </summary>
    Task<string> IssueAsync(Guid ownerId, Guid agentId, CancellationToken cancellationToken);
}
