namespace StackAgent.Application.Sessions;

/// <summary>Counts over an agent's history.</summary>
public interface IAgentStatistics
{
    /// <summary>
    /// In one SQL statement: what the agent reported from <paramref name="from"/> (included) to <paramref name="to"/> (excluded), and the runs
    /// that ended in that time, with their whole length even where they began before it. Null when the owner has no such agent.
    /// </summary>
    /// <param name="ownerId">Whose agent.</param>
    /// <param name="agentKey">Its <c>agent_id</c>, or the UUID of its row.</param>
    /// <param name="from">The beginning.</param>
    /// <param name="to">The end.</param>
    /// <param name="hourly">Whether to count by the hour too.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    Task<AgentFigures?> ReadAsync(
        Guid ownerId, string agentKey, DateTimeOffset from, DateTimeOffset to, bool hourly, CancellationToken cancellationToken);
}

/// <summary>What was counted.</summary>
/// <param name="AgentKey">The agent's <c>agent_id</c>.</param>
/// <param name="Succeeded">Runs that ended with <c>success</c>.</param>
/// <param name="Failed">Runs that ended with <c>failed</c>.</param>
/// <param name="Median">Of the runs' durations, interpolated between the two in the middle of an even number; null without a run.</param>
/// <param name="P95">Below it are 95 of 100 durations, interpolated; null without a run.</param>
/// <param name="Reports">Status reports of any kind.</param>
/// <param name="Hourly">Hours with reports, in their order; empty when not asked for.</param>
public sealed record AgentFigures(
    string AgentKey, long Succeeded, long Failed, TimeSpan? Median, TimeSpan? P95, long Reports, IReadOnlyList<HourlyReports> Hourly);

/// <summary>How much an agent reported in one hour.</summary>
/// <param name="Hour">Its beginning (UTC).</param>
/// <param name="Reports">At least 1: hours without reports are left out.</param>
public sealed record HourlyReports(DateTimeOffset Hour, long Reports);
