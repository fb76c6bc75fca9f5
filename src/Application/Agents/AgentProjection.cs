using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>Turns agents' rows into <see cref="AgentDto"/>, with what their sessions say, in one SQL statement.</summary>
internal sealed class AgentProjection(IApplicationDbContext db, AgentAddresses addresses)
{
    /// <summary>All agents of an ordered query.</summary>
    public async Task<IReadOnlyList<AgentDto>> ToListAsync(IQueryable<Agent> agents, CancellationToken cancellationToken)
    {
        var rows = await Rows(agents).ToListAsync(cancellationToken);
        return rows.ConvertAll(addresses.Add);
    }

    /// <summary>One page of an ordered query.</summary>
    public async Task<Page<AgentDto>> ToPageAsync(IQueryable<Agent> agents, PageRequest page, CancellationToken cancellationToken) =>
        (await Rows(agents).ToPageAsync(agents, page, cancellationToken)).Map(addresses.Add);

    private IQueryable<AgentRow> Rows(IQueryable<Agent> agents) =>
        from agent in agents.AsNoTracking()
        join creator in db.Users on agent.CreatedById equals creator.Id
        join editor in db.Users on agent.UpdatedById equals editor.Id
        select new AgentRow(
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
            agent.Revision,
            agent.CreatedAt,
            new UserInfo(creator.Id, creator.FullName, creator.Email),
            agent.UpdatedAt,
            new UserInfo(editor.Id, editor.FullName, editor.Email),
            agent.Activity!.LastSeen,
            agent.Activity.SessionCount,
            agent.Activity.ActiveSessionCount,
            agent.Activity.LatestStatus,
            agent.Activity.LatestMessage,
            agent.Version);
}
