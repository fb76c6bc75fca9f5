namespace StackAgent.Infrastructure.StatusLog;

/// <summary>How status reports are gathered and committed.</summary>
public sealed record StatusLogOptions
{
    /// <summary>How many reports may wait for their commit; more are refused at once. Bounds the memory that a flood can take.</summary>
    public int Capacity { get; init; } = 4096;

    /// <summary>The most reports in one transaction.</summary>
    public int MaxBatch { get; init; } = 500;

    /// <summary>How often a batch is tried that lost a race against another server, before it is cut in halves.</summary>
    public int MaxRaces { get; init; } = 4;

    /// <summary>
    /// How many agents of one account may have registered themselves by reports; null: as many as like. Counted without a lock, so servers that register
    /// agents in the same moment may go beyond it by a batch each.
    /// </summary>
    public int? MaxReportedAgents { get; init; }
}
