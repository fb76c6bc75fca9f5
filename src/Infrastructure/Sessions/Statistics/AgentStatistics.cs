using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Sessions.Statistics;

/// <summary>
/// One statement for both databases, in whole microseconds and whole numbers, so that both give the same figures to the last digit.
/// </summary>
/// <remarks>
/// The agent's reports of the span are read once, by the index on agent and time. Where a run began is asked of the session's row for its
/// last run, and else of the primary key, backwards to the terminal report before: each run's reports are passed once, whatever the history.
/// </remarks>
internal sealed class AgentStatistics(ApplicationDbContext db) : IAgentStatistics
{
    private static readonly string SqliteSql = Compose(
        microseconds: "ended.received_at - ended.started_at",
        hour: "received_at / 3600000000");

    private static readonly string PostgreSqlSql = Compose(
        microseconds: "(extract(epoch FROM ended.received_at - ended.started_at) * 1000000)::bigint",
        hour: "floor(extract(epoch FROM received_at) / 3600)::bigint");

    public async Task<AgentFigures?> ReadAsync(
        Guid ownerId, string agentKey, DateTimeOffset from, DateTimeOffset to, bool hourly, CancellationToken cancellationToken)
    {
        var isSqlite = db.Database.IsSqlite();
        object Moment(DateTimeOffset moment) => isSqlite ? SqliteMoments.ToMicroseconds(moment) : moment;

        var rows = await db.Database
            .SqlQueryRaw<Row>(
                isSqlite ? SqliteSql : PostgreSqlSql,
                ownerId, agentKey, AgentLookup.AsId(agentKey) ?? Guid.Empty, Moment(from), Moment(to), hourly)
            .ToListAsync(cancellationToken);
        if (rows.Count == 0)
            return null;

        var total = rows[0];
        return new AgentFigures(
            total.AgentKey,
            total.Succeeded,
            total.Runs - total.Succeeded,
            Duration(total.Median),
            Duration(total.P95),
            total.Reports,
            [.. rows.Where(row => row.Hour is not null).Select(row => new HourlyReports(DateTimeOffset.UnixEpoch.AddHours(row.Hour ?? 0), row.HourReports ?? 0))]);
    }

    private static TimeSpan? Duration(long? microseconds) => microseconds is { } value ? new TimeSpan(value * TimeSpan.TicksPerMicrosecond) : null;

    /// <summary>A row for each hour, each with the totals; one without an hour when none is asked for or there is none.</summary>
    private static string Compose(string microseconds, string hour) =>
        $$"""
        WITH agent AS (
            SELECT id, key FROM agents WHERE owner_id = {0} AND (key = {1} OR id = {2}) ORDER BY key = {1} DESC LIMIT 1
        ), report AS MATERIALIZED (
            SELECT report.session_id, report.sequence, report.status, report.received_at, session.started_at, session.ended_at
            FROM status_reports AS report
            JOIN sessions AS session ON session.id = report.session_id AND session.agent_id = report.agent_id
            WHERE report.agent_id = (SELECT id FROM agent) AND report.received_at >= {3} AND report.received_at < {4}
        ), ended AS MATERIALIZED (
            SELECT report.status, report.received_at,
                CASE WHEN report.received_at = report.ended_at THEN report.started_at ELSE (
                    SELECT opening.received_at
                    FROM status_reports AS opening
                    WHERE opening.session_id = report.session_id AND opening.sequence < report.sequence AND opening.status = 'running'
                        AND opening.sequence > COALESCE((
                            SELECT previous.sequence
                            FROM status_reports AS previous
                            WHERE previous.session_id = report.session_id AND previous.sequence < report.sequence
                                AND previous.status IN ('success', 'failed')
                            ORDER BY previous.sequence DESC
                            LIMIT 1), 0)
                    ORDER BY opening.sequence
                    LIMIT 1) END AS started_at
            FROM report
            WHERE report.status IN ('success', 'failed')
        ), run AS (
            SELECT ended.status, {{microseconds}} AS duration
            FROM ended
            WHERE ended.started_at IS NOT NULL
        ), ranked AS (
            SELECT run.status, run.duration, row_number() OVER (ORDER BY run.duration) - 1 AS position, count(*) OVER () - 1 AS last
            FROM run
        ), total AS (
            SELECT count(*) AS runs,
                count(CASE WHEN ranked.status = 'success' THEN 1 END) AS succeeded,
                {{Percentile(50)}} AS median,
                {{Percentile(95)}} AS p95
            FROM ranked
        ), hour AS (
            SELECT {{hour}} AS hour, count(*) AS reports FROM report GROUP BY 1
        )
        SELECT agent.key AS "AgentKey", total.runs AS "Runs", total.succeeded AS "Succeeded", total.median AS "Median", total.p95 AS "P95",
            (SELECT count(*) FROM report) AS "Reports", hour.hour AS "Hour", hour.reports AS "HourReports"
        FROM agent
        CROSS JOIN total
        LEFT JOIN hour ON {5}
        ORDER BY hour.hour
        """;

    /// <summary>Between the two durations around the place, in proportion; without floating point until the last step.</summary>
    private static string Percentile(int percent)
    {
        var low = $"max(CASE WHEN ranked.position = {percent} * ranked.last / 100 THEN ranked.duration END)";
        var high = $"max(CASE WHEN ranked.position <= {percent} * ranked.last / 100 + 1 THEN ranked.duration END)";
        var rest = $"max({percent} * ranked.last % 100)";
        return $"{low} + ({high} - {low}) * {rest} / 100";
    }

    private sealed class Row
    {
        public required string AgentKey { get; init; }
        public long Runs { get; init; }
        public long Succeeded { get; init; }
        public long? Median { get; init; }
        public long? P95 { get; init; }
        public long Reports { get; init; }
        public long? Hour { get; init; }
        public long? HourReports { get; init; }
    }
}
