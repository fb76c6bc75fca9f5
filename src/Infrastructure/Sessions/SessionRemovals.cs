using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

namespace StackAgent.Infrastructure.Sessions;

/// <summary>
/// Takes the lock that reports take, notes whose reports are to be deleted, and removes the rows. The notes and the sessions' rows are
/// written by one statement each, however many there are.
/// </summary>
internal sealed class SessionRemovals(ApplicationDbContext db, TimeProvider time) : ISessionRemoval
{
    private const string CountDown =
        "UPDATE agent_activity SET session_count = session_count - 1, active_session_count = active_session_count - {1}, version = version + 1 WHERE agent_id = {0}";

    private const string ShowLatest = $"UPDATE agent_activity AS activity SET {ActivitySql.Latest} WHERE agent_id = {{0}}";

    public async Task<bool> RemoveAgentAsync(Guid agentId, CancellationToken cancellationToken)
    {
        if (!await LockAsync(agentId, cancellationToken)
            || await db.Agents.Where(agent => agent.Id == agentId).ForUpdate().SingleOrDefaultAsync(cancellationToken) is not { } agent)
        {
            return false;
        }

        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO session_removals (session_id) SELECT id FROM sessions WHERE agent_id = {agentId}", cancellationToken);
        await db.Sessions.Where(session => session.AgentId == agentId).ExecuteDeleteAsync(cancellationToken);
        agent.Remove();
        db.Agents.Remove(agent);
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    public async Task<bool> RemoveSessionAsync(Guid agentId, Guid sessionId, CancellationToken cancellationToken)
    {
        if (!await LockAsync(agentId, cancellationToken)
            || await db.Sessions.SingleOrDefaultAsync(session => session.Id == sessionId && session.AgentId == agentId, cancellationToken) is not { } session)
        {
            return false;
        }

        var agent = await db.Agents.SingleAsync(agent => agent.Id == agentId, cancellationToken);
        db.Events.Add(SessionEvents.Deleted(AgentSubject.Of(agent), SessionSubject.Of(session), time.Now()));
        db.Add(new SessionRemoval { SessionId = sessionId });
        db.Sessions.Remove(session);
        await db.SaveChangesAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync(CountDown, [agentId, session.ExpiredAt is null ? 1 : 0], cancellationToken);
        await db.Database.ExecuteSqlRawAsync(ShowLatest, [agentId], cancellationToken);
        return true;
    }

    private async Task<bool> LockAsync(Guid agentId, CancellationToken cancellationToken) =>
        (await db.AgentActivities
            .Where(activity => activity.AgentId == agentId)
            .Select(activity => activity.AgentId)
            .ForUpdate()
            .ToListAsync(cancellationToken)).Count > 0;
}
