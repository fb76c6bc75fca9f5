using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>Turns agents' rows into <see cref="AgentDto"/>, with what their sessions say, in one SQL statement.</summary>
internal sealed class AgentProjection(IApplicationDbContext db, AgentUrls urls, ICodeStorage storage)
{
    /// <summary>All agents of an ordered query.</summary>
    public async Task<IReadOnlyList<AgentDto>> ToListAsync(IQueryable<Agent> agents, CancellationToken cancellationToken)
    {
        var rows = await WithPeople(agents.AsNoTracking()).ToListAsync(cancellationToken);
        return rows.ConvertAll(ToDto);
    }

    /// <summary>One page of an ordered query; <paramref name="status"/> keeps those with this latest or deployment status.</summary>
    public async Task<Page<AgentDto>> ToPageAsync(
        IQueryable<Agent> agents, AgentStatusFilter? status, PageRequest page, CancellationToken cancellationToken)
    {
        var filtered = agents.AsNoTracking();
        if (status is { } filter)
        {
            // A word that is no report's status must not find the agents without a report, whose latest status is null too.
            filtered = filtered.Where(agent => agent.Status == filter.Deployment
                || (filter.Latest != null && agent.Activity!.LatestStatus == filter.Latest));
        }

        return (await WithPeople(filtered).ToPageAsync(filtered, page, cancellationToken)).Map(ToDto);
    }

    private IQueryable<Row> WithPeople(IQueryable<Agent> agents) =>
        from agent in agents
        join creator in db.Users on agent.CreatedById equals creator.Id
        join editor in db.Users on agent.UpdatedById equals editor.Id
        select new Row { Agent = agent, Activity = agent.Activity!, Creator = creator, Editor = editor };

    private AgentDto ToDto(Row row)
    {
        var agent = row.Agent;
        return new AgentDto(
            agent.Id,
            agent.Key,
            agent.Kind,
            agent.StackId,
            agent.Name,
            agent.Description,
            agent.Source,
            agent.Status,
            agent.StatusReason,
            agent.StatusMessage,
            agent.StackId is { } stack ? urls.ApiUrl(stack, agent.Id) : null,
            agent.StackId is { } uiStack ? urls.UiUrl(uiStack, agent.Id) : null,
            agent.StackId is { } diskStack ? storage.CodePath(diskStack, agent.Id) : null,
            agent.Revision,
            agent.CreatedAt,
            new UserInfo(row.Creator.Id, row.Creator.FullName, row.Creator.Email),
            agent.UpdatedAt,
            new UserInfo(row.Editor.Id, row.Editor.FullName, row.Editor.Email),
            agent.CreatedAt,
            row.Activity.LastSeen,
            row.Activity.SessionCount,
            row.Activity.ActiveSessionCount,
            row.Activity.LatestStatus,
            row.Activity.LatestMessage);
    }

    private sealed class Row
    {
        public required Agent Agent { get; init; }
        public required AgentActivity Activity { get; init; }
        public required UserProfile Creator { get; init; }
        public required UserProfile Editor { get; init; }
    }
}
