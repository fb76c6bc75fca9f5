using StackAgent.Domain.Accounts;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Common.Audit;

/// <summary>To what something was done, as the audit trail remembers it.</summary>
/// <param name="OwnerId">Who may read of it.</param>
/// <param name="Type">One of <see cref="AuditResources"/>.</param>
/// <param name="Id">The resource's id on the wire.</param>
/// <param name="Name">What it is called; null for what has no name.</param>
/// <param name="StackId">The stack that it belongs to, or is.</param>
public sealed record AuditSubject(Guid OwnerId, string Type, string Id, string? Name, Guid? StackId = null)
{
    public static AuditSubject Of(Stack stack) => new(stack.OwnerId, AuditResources.Stack, stack.Id.ToString(), stack.Name, stack.Id);

    public static AuditSubject Of(Agent agent) => OfAgent(agent.OwnerId, agent.Key, agent.Name, agent.StackId);

    public static AuditSubject OfAgent(Guid ownerId, string key, string name, Guid? stackId) => new(ownerId, AuditResources.Agent, key, name, stackId);

    /// <summary>Under its UUID: a topic may be longer than an id can be.</summary>
    public static AuditSubject Of(Session session, Guid ownerId, Guid? stackId) =>
        new(ownerId, AuditResources.Session, session.Id.ToString(), session.Topic, stackId);

    public static AuditSubject Of(ApiKey key) => new(key.OwnerId, AuditResources.ApiKey, key.Id.ToString(), key.Name);

    /// <summary>Without its address, in which people keep tokens.</summary>
    public static AuditSubject Of(NotificationEndpoint endpoint, Guid ownerId) => OfEndpoint(ownerId, endpoint.Id, endpoint.Url, endpoint.StackId);

    /// <inheritdoc cref="Of(NotificationEndpoint, Guid)"/>
    public static AuditSubject OfEndpoint(Guid ownerId, Guid endpointId, string url, Guid? stackId) =>
        new(ownerId, AuditResources.NotificationEndpoint, endpointId.ToString(), Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.Authority : null, stackId);

    public static AuditSubject OfAccount(Guid userId, string email) => new(userId, AuditResources.Account, userId.ToString(), email);
}
