namespace StackAgent.Domain.Notifications;

/// <summary>What an event is about, as far as endpoints choose by it.</summary>
/// <param name="Type">Type of the event.</param>
/// <param name="StackId">The stack that it is about, or that its agent belongs to.</param>
/// <param name="AgentId">UUID of its agent's row.</param>
/// <param name="AgentKey">That agent's <c>agent_id</c>.</param>
/// <param name="Status">The status after it, as a word; null when it has none.</param>
public readonly record struct NotificationSubject(string Type, Guid? StackId, Guid? AgentId, string? AgentKey, string? Status);
