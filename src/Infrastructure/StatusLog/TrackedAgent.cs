using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>An agent as the writer knows it: what a report may change of it, and those of its sessions that were reported on lately.</summary>
internal sealed class TrackedAgent
{
    public required Guid Id { get; init; }

    public required Guid OwnerId { get; init; }

    public required string Key { get; init; }

    public required AgentKind Kind { get; init; }

    public required Guid? StackId { get; init; }

    public required AgentNames Names { get; set; }

    public required AgentActivity Activity { get; init; }

    /// <summary>By their topics. One that isn't here may well be in the database.</summary>
    public Dictionary<string, TrackedSession> Sessions { get; } = new(StringComparer.Ordinal);

    /// <summary>The batch that touched it last.</summary>
    public ReportBatch? Batch { get; set; }

    /// <summary>The version of its activity before that batch.</summary>
    public long VersionBefore { get; set; }

    /// <summary>Whether that batch changed its names.</summary>
    public bool IsRenamed { get; set; }
}

/// <summary>A session as the writer knows it.</summary>
internal sealed class TrackedSession(TrackedAgent agent, Session session)
{
    public TrackedAgent Agent { get; } = agent;

    public Session Session { get; } = session;

    /// <summary>The batch that touched it last.</summary>
    public ReportBatch? Batch { get; set; }
}
