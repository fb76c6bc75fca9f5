using System.Text.Json.Serialization;
using StackAgent.Application.Agents;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Models;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Stacks;

/// <summary>A stack as lists show it.</summary>
/// <param name="Id">UUID.</param>
/// <param name="Name">1…255 characters; two stacks may share a name.</param>
/// <param name="Description">At most 5,000 characters.</param>
/// <param name="Namespace">The Kubernetes namespace, <c>stack-{id}</c>.</param>
/// <param name="Status"><c>creating → ready | failed</c>, <c>deleting</c>.</param>
/// <param name="StatusReason">A stable word for the cause; null when there is nothing to explain.</param>
/// <param name="StatusMessage">A sentence for a person; null when there is nothing to explain.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="UpdatedAt">UTC.</param>
/// <param name="UpdatedBy">Who changed it last.</param>
/// <param name="AgentCount">Its deployed agents.</param>
public sealed record StackListItem(
    Guid Id,
    string Name,
    string? Description,
    string Namespace,
    StackStatus Status,
    string? StatusReason,
    string? StatusMessage,
    DateTimeOffset CreatedAt,
    UserInfo CreatedBy,
    DateTimeOffset UpdatedAt,
    UserInfo UpdatedBy,
    int AgentCount);

/// <summary>One stack with its agents.</summary>
/// <param name="Id">UUID.</param>
/// <param name="Name">1…255 characters; two stacks may share a name.</param>
/// <param name="Description">At most 5,000 characters.</param>
/// <param name="Namespace">The Kubernetes namespace, <c>stack-{id}</c>.</param>
/// <param name="Status"><c>creating → ready | failed</c>, <c>deleting</c>.</param>
/// <param name="StatusReason">A stable word for the cause; null when there is nothing to explain.</param>
/// <param name="StatusMessage">A sentence for a person; null when there is nothing to explain.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="UpdatedAt">UTC.</param>
/// <param name="UpdatedBy">Who changed it last.</param>
/// <param name="Agents">All its agents, oldest first.</param>
/// <param name="Version">Counts its user's changes. On the wire it is the <c>ETag</c>.</param>
public sealed record StackDetails(
    Guid Id,
    string Name,
    string? Description,
    string Namespace,
    StackStatus Status,
    string? StatusReason,
    string? StatusMessage,
    DateTimeOffset CreatedAt,
    UserInfo CreatedBy,
    DateTimeOffset UpdatedAt,
    UserInfo UpdatedBy,
    IReadOnlyList<AgentDto> Agents,
    [property: JsonIgnore] int Version) : ITagged
{
    [JsonIgnore]
    public string EntityTag => EntityTags.Of(Version);
}
