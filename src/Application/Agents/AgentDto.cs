using System.Text.Json.Serialization;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Models;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Agents;

/// <summary>An agent, deployed or reported: both halves in one shape.</summary>
/// <param name="Id">UUID of the row.</param>
/// <param name="AgentId">The id in paths and reports: the UUID for a deployed agent, the reporter's own text for a reported one.</param>
/// <param name="Kind">Made here, or known by its reports.</param>
/// <param name="StackId">Null for a reported agent.</param>
/// <param name="Name">1…255 characters.</param>
/// <param name="Description">At most 5,000 characters.</param>
/// <param name="Source">Where a reporting agent says it runs.</param>
/// <param name="Status">Deployment status; <c>external</c> for a reported agent.</param>
/// <param name="StatusReason">A stable word for the cause, for example <c>CrashLoopBackOff</c>.</param>
/// <param name="StatusMessage">A sentence for a person, with exit code and last log lines where there are any.</param>
/// <param name="ApiUrl">Where the agent answers; null for a reported agent.</param>
/// <param name="UiUrl">Where a person talks to it; null for a reported agent.</param>
/// <param name="DiskPath">The server's folder of its code; null for a reported agent.</param>
/// <param name="Revision">Counts changes of code or configuration, from 1; 0 for a reported agent.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="UpdatedAt">UTC; changes by its user, not by reports.</param>
/// <param name="UpdatedBy">Who changed it last.</param>
/// <param name="Registered">When the agent became known here (UTC).</param>
/// <param name="LastSeen">When its newest report came (UTC); null before the first.</param>
/// <param name="SessionCount">All its sessions.</param>
/// <param name="ActiveSessionCount">Those that haven't expired.</param>
/// <param name="LatestStatus">
/// Of the session with the newest report; <c>expired</c> when that fell silent while it was running. When it expired otherwise, of the newest
/// session that hasn't; absent when there is none.
/// </param>
/// <param name="LatestMessage">Of the same session's newest report; absent when empty.</param>
/// <param name="Version">Counts its user's changes. On the wire it is the <c>ETag</c>.</param>
public sealed record AgentDto(
    Guid Id,
    string AgentId,
    AgentKind Kind,
    Guid? StackId,
    string Name,
    string? Description,
    string? Source,
    AgentStatus Status,
    string? StatusReason,
    string? StatusMessage,
    string? ApiUrl,
    string? UiUrl,
    string? DiskPath,
    int Revision,
    DateTimeOffset CreatedAt,
    UserInfo CreatedBy,
    DateTimeOffset UpdatedAt,
    UserInfo UpdatedBy,
    DateTimeOffset Registered,
    DateTimeOffset? LastSeen,
    int SessionCount,
    int ActiveSessionCount,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SessionState? LatestStatus,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LatestMessage,
    [property: JsonIgnore] int Version) : ITagged
{
    [JsonIgnore]
    public string EntityTag => EntityTags.Of(Version);
}
