using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Sessions;

/// <summary>Where status reports become durable. The seam between use cases and the way reports are committed together.</summary>
public interface IStatusLog
{
    /// <summary>
    /// Takes reports in and answers once all of them are committed or refused: the outcomes are in the order of the reports. Throws
    /// <see cref="UnavailableException"/> when there is no room for them, in which case none was taken. Cancelling ends the waiting,
    /// not the reports.
    /// </summary>
    Task<IReadOnlyList<ReportOutcome>> AppendAsync(IReadOnlyList<StatusReportEntry> reports, CancellationToken cancellationToken);
}

/// <summary>One report on its way into the log, already validated.</summary>
/// <param name="OwnerId">On whose behalf.</param>
/// <param name="BoundAgentId">The only agent that the credential may speak for: the report never registers another one. Null when it isn't bound.</param>
/// <param name="AgentKey">
/// <c>agent_id</c> as it was sent: the UUID of a deployed agent of the owner in any letter case, else the reporter's own text.
/// </param>
/// <param name="AgentName">Overwrites when not empty.</param>
/// <param name="AgentSource">Overwrites when not empty.</param>
/// <param name="Topic">Which session.</param>
/// <param name="Content">What is reported.</param>
public sealed record StatusReportEntry(
    Guid OwnerId, Guid? BoundAgentId, string AgentKey, string? AgentName, string? AgentSource, string Topic, ReportContent Content);

/// <summary>What became of one report.</summary>
/// <param name="Failure">Null when the report is durable, else why it isn't: one of the domain's exceptions, or what the database threw.</param>
public readonly record struct ReportOutcome(Exception? Failure)
{
    public static ReportOutcome Accepted { get; }

    /// <summary>Its <c>event_id</c> is known: it was durable before it came.</summary>
    public static ReportOutcome Repeated { get; } = new() { IsDuplicate = true };

    /// <summary>Acknowledged like any other, but nothing was stored for it.</summary>
    public bool IsDuplicate { get; private init; }
}
