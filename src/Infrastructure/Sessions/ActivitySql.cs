namespace StackAgent.Infrastructure.Sessions;

/// <summary>
/// How an agent's activity follows from its sessions, in SQL that both databases understand: for whoever takes sessions away. Whoever adds
/// reports knows the newest one and needs no query (<see cref="Domain.Agents.AgentActivity.Follow"/>).
/// </summary>
internal static class ActivitySql
{
    /// <summary>
    /// What stands behind <c>UPDATE agent_activity AS activity SET</c> once sessions and counts are as they should be: the agent's latest
    /// status and message.
    /// </summary>
    /// <remarks>
    /// The newest session is the one that <c>last_seen</c> tells of, or the one before it when that was removed: found by the index on the
    /// second, which is why this gets slow where very many sessions of one agent last reported in the same second. Looking for the newest
    /// living one walks past those that expired after its last report, which are few where sessions have the same patience; an agent without a
    /// living session is spared the walk.
    /// </remarks>
    public const string Latest =
        """
        (latest_status, latest_message) = (
            SELECT CASE WHEN candidate.expired_at IS NULL THEN candidate.current_status ELSE 'expired' END, candidate.last_message
            FROM (
                SELECT * FROM (
                    SELECT 1 AS choice, session.expired_at, session.current_status, session.last_message
                    FROM sessions AS session
                    WHERE session.agent_id = activity.agent_id
                        AND session.last_updated_second <= activity.last_activity_second AND session.last_updated <= activity.last_seen
                    ORDER BY session.last_updated_second DESC, session.last_updated DESC, session.id DESC
                    LIMIT 1) AS newest
                UNION ALL
                SELECT * FROM (
                    SELECT 2 AS choice, session.expired_at, session.current_status, session.last_message
                    FROM sessions AS session
                    WHERE session.agent_id = activity.agent_id AND session.expired_at IS NULL AND activity.active_session_count > 0
                    ORDER BY session.last_updated_second DESC, session.last_updated DESC, session.id DESC
                    LIMIT 1) AS living
            ) AS candidate
            WHERE candidate.expired_at IS NULL OR candidate.current_status = 'running'
            ORDER BY candidate.choice
            LIMIT 1)
        """;
}
