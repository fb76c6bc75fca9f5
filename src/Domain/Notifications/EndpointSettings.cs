namespace StackAgent.Domain.Notifications;

/// <summary>What the owner of an endpoint decides.</summary>
/// <param name="Url">http or https.</param>
/// <param name="Description">For people; null when there is none.</param>
/// <param name="Format">What the receiver understands.</param>
/// <param name="EventTypes">Types of events, or groups such as <c>session.*</c>; empty for all.</param>
/// <param name="StackId">Only of this stack and its agents; null for all.</param>
/// <param name="AgentId">Only of the agent with this <c>agent_id</c>, or whose row has this UUID; null for all.</param>
/// <param name="Statuses">Only events after which the status is one of these words; empty for all, those without a status included.</param>
public sealed record EndpointSettings(
    string Url,
    string? Description,
    NotificationFormat Format,
    IReadOnlyList<string> EventTypes,
    Guid? StackId,
    string? AgentId,
    IReadOnlyList<string> Statuses);
