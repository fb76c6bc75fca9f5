using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

namespace StackAgent.Infrastructure.Sessions.Retention;

/// <summary>
/// Finds and deletes what isn't kept, by the indexes that reports have anyway: none is written for the sake of deletion. Each method that
/// deletes is one transaction of at most <see cref="BatchSize"/> rows and says whether there may be more. Servers that do it at once take
/// different rows, or wait for each other and find nothing left.
/// </summary>
internal sealed class HistoryStore(ApplicationDbContext db)
{
    public const int BatchSize = 1000;

    /// <summary>Removed sessions looked at together; most have few reports.</summary>
    private const int RemovalsAtOnce = 500;

    private const string Notes = "SELECT session_id AS \"Value\" FROM session_removals LIMIT {0}";

    private const string RemovedOnPostgreSql =
        """
        DELETE FROM status_reports WHERE ctid = ANY (ARRAY(
            SELECT report.ctid
            FROM unnest({0}) AS removal (session_id)
            CROSS JOIN LATERAL (
                SELECT status_reports.ctid
                FROM status_reports
                WHERE status_reports.session_id = removal.session_id
                ORDER BY status_reports.sequence
                LIMIT {1}) AS report
            LIMIT {1}))
        """;

    /// <summary>The same sessions: nobody else can write meanwhile.</summary>
    private const string RemovedOnSqlite =
        """
        DELETE FROM status_reports WHERE rowid IN (
            SELECT rowid FROM status_reports WHERE session_id IN (SELECT session_id FROM session_removals LIMIT {0}) LIMIT {1})
        """;

    private const string CountDown = "UPDATE agent_activity SET session_count = session_count - {1}, version = version + 1 WHERE agent_id = {0}";

    private const string ShowLatest = $"UPDATE agent_activity AS activity SET {ActivitySql.Latest} WHERE agent_id = {{0}}";

    private bool IsSqlite => db.Database.IsSqlite();

    /// <summary>Agents that have a report or a session from before <paramref name="cutoff"/>.</summary>
    /// <remarks>
    /// Looks at the oldest of each agent only: two steps into an index an agent, some milliseconds for a thousand agents however many reports
    /// they have, and that is all it costs when nothing is too old.
    /// </remarks>
    public Task<List<Guid>> AgentsFromBeforeAsync(DateTimeOffset cutoff, CancellationToken cancellationToken) => db.AgentActivities
        .Where(activity =>
            db.StatusReports
                .Where(report => report.AgentId == activity.AgentId)
                .OrderBy(report => report.ReceivedAt)
                .Select(report => (DateTimeOffset?)report.ReceivedAt)
                .FirstOrDefault() < cutoff
            || db.Sessions
                .Where(session => session.AgentId == activity.AgentId)
                .OrderBy(session => session.LastUpdatedSecond)
                .Select(session => (DateTimeOffset?)session.LastUpdatedSecond)
                .FirstOrDefault() < cutoff)
        .Select(activity => activity.AgentId)
        .ToListAsync(cancellationToken);

    /// <summary>Removes an agent's sessions whose newest report is from before <paramref name="cutoff"/>. The agent stays.</summary>
    public Task<bool> RemoveSessionsAsync(Guid agentId, DateTimeOffset cutoff, CancellationToken cancellationToken) => db.InTransactionAsync(async token =>
    {
        await db.AgentActivities.Where(activity => activity.AgentId == agentId).Select(activity => activity.AgentId).ForUpdate().ToListAsync(token);
        var sessions = await db.Sessions
            .Where(session => session.AgentId == agentId && session.LastUpdatedSecond < cutoff && session.LastUpdated < cutoff && session.ExpiredAt != null)
            .OrderBy(session => session.LastUpdatedSecond)
            .Select(session => session.Id)
            .Take(BatchSize)
            .ToListAsync(token);
        if (sessions.Count == 0)
            return false;

        db.AddRange(sessions.Select(session => new SessionRemoval { SessionId = session }));
        await db.SaveChangesAsync(token);
        await db.Sessions.Where(session => sessions.Contains(session.Id)).ExecuteDeleteAsync(token);
        await db.Database.ExecuteSqlRawAsync(CountDown, [agentId, sessions.Count], token);
        await db.Database.ExecuteSqlRawAsync(ShowLatest, [agentId], token);
        return sessions.Count == BatchSize;
    }, cancellationToken);

    /// <summary>Deletes an agent's reports from before <paramref name="cutoff"/>, the oldest first.</summary>
    public Task<bool> DeleteReportsAsync(Guid agentId, DateTimeOffset cutoff, CancellationToken cancellationToken) => db.InTransactionAsync(async token =>
    {
        object moment = IsSqlite ? SqliteMoments.ToMicroseconds(cutoff) : cutoff;
        var sql = Deletion("agent_id = {0} AND received_at < {1} ORDER BY received_at LIMIT {2}");
        return await db.Database.ExecuteSqlRawAsync(sql, [agentId, moment, BatchSize], token) == BatchSize;
    }, cancellationToken);

    /// <summary>
    /// Sessions that have more than their newest <paramref name="max"/> reports, with the sequence of the newest one to delete.
    /// </summary>
    /// <param name="max">How many they may keep.</param>
    /// <param name="since">Sessions without a report since then are left out: their surplus went the last time. Null leaves none out.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <remarks>The count is in the session's row and the oldest report is one step into the primary key, so no history is read.</remarks>
    public async Task<List<(Guid SessionId, long UpTo)>> SessionsWithMoreThanAsync(int max, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        var sessions = db.Sessions.Where(session => session.ReportCount > max);
        if (since is { } moment)
        {
            sessions =
                from activity in db.AgentActivities
                join session in sessions on activity.AgentId equals session.AgentId
                where activity.LastActivityAt >= moment && session.LastUpdatedSecond >= moment
                select session;
        }

        var found = await sessions
            .Where(session => db.StatusReports
                .Where(report => report.SessionId == session.Id)
                .OrderBy(report => report.Sequence)
                .Select(report => (long?)report.Sequence)
                .FirstOrDefault() <= session.ReportCount - max)
            .Select(session => new { session.Id, UpTo = session.ReportCount - max })
            .ToListAsync(cancellationToken);
        return found.ConvertAll(session => (session.Id, session.UpTo));
    }

    /// <summary>Deletes a session's oldest reports, up to a sequence. Its count stays what was ever received.</summary>
    public Task<bool> DeleteReportsAsync(Guid sessionId, long upTo, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token => await db.Database.ExecuteSqlRawAsync(
            Deletion("session_id = {0} AND sequence <= {1} ORDER BY sequence LIMIT {2}"), [sessionId, upTo, BatchSize], token) == BatchSize,
        cancellationToken);

    /// <summary>Deletes reports of sessions whose rows are gone.</summary>
    public Task<bool> DeleteRemovedAsync(CancellationToken cancellationToken) => db.InTransactionAsync(async token =>
    {
        // Whoever holds a note deletes that session's reports, and waits for others who do: with the note gone nobody would look for them again.
        var sessions = await db.Database.SqlQueryRaw<Guid>(IsSqlite ? Notes : $"{Notes} FOR UPDATE SKIP LOCKED", RemovalsAtOnce).ToArrayAsync(token);
        if (sessions.Length == 0)
            return false;

        var deleted = IsSqlite
            ? await db.Database.ExecuteSqlRawAsync(RemovedOnSqlite, [RemovalsAtOnce, BatchSize], token)
            : await db.Database.ExecuteSqlRawAsync(RemovedOnPostgreSql, [sessions, BatchSize], token);
        var finished = await db.Set<SessionRemoval>()
            .Where(removal => sessions.Contains(removal.SessionId) && !db.StatusReports.Any(report => report.SessionId == removal.SessionId))
            .ExecuteDeleteAsync(token);
        return deleted == BatchSize || (finished == sessions.Length && finished == RemovalsAtOnce);
    }, cancellationToken);

    /// <summary>By the rows' places, so that no planner can think of reading the whole table.</summary>
    private string Deletion(string which) => IsSqlite
        ? $"DELETE FROM status_reports WHERE rowid IN (SELECT rowid FROM status_reports WHERE {which})"
        : $"DELETE FROM status_reports WHERE ctid = ANY (ARRAY(SELECT ctid FROM status_reports WHERE {which} FOR UPDATE SKIP LOCKED))";
}
