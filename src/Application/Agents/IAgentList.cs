using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Paging;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Agents;

/// <summary>
/// Reads pages of agents. The list that every client starts with and asks for again and again: what EF Core adds to such a query costs more
/// than the query.
/// </summary>
public interface IAgentList
{
    /// <summary>Agents of one owner, those seen last first, with the total of all pages.</summary>
    Task<Page<AgentRow>> ReadAsync(AgentListQuery query, CancellationToken cancellationToken);
}

/// <summary>Which agents, and which of their pages. What is null doesn't restrict.</summary>
/// <param name="OwnerId">Whose agents.</param>
/// <param name="Page">Which page.</param>
/// <param name="Search">A part of <c>agent_id</c> or name, in any case; never empty.</param>
/// <param name="Status">Their deployment status or that of their newest report.</param>
/// <param name="Kind">Made here, or known by their reports.</param>
/// <param name="StackId">Of which stack.</param>
public sealed record AgentListQuery(Guid OwnerId, PageRequest Page, string? Search, AgentStatusFilter? Status, AgentKind? Kind, Guid? StackId);

/// <summary>An agent as the database knows it, with what its sessions say about it: all of <see cref="AgentDto"/> but its addresses.</summary>
public sealed record AgentRow(
    Guid Id,
    string Key,
    AgentKind Kind,
    Guid? StackId,
    string Name,
    string? Description,
    string? Source,
    AgentStatus Status,
    string? StatusReason,
    string? StatusMessage,
    int Revision,
    DateTimeOffset CreatedAt,
    UserInfo CreatedBy,
    DateTimeOffset UpdatedAt,
    UserInfo UpdatedBy,
    DateTimeOffset? LastSeen,
    int SessionCount,
    int ActiveSessionCount,
    SessionState? LatestStatus,
    string? LatestMessage,
    int Version);
