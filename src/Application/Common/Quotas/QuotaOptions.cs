namespace StackAgent.Application.Common.Quotas;

/// <summary>How much one account may have. Null: as much as it likes.</summary>
public sealed record QuotaOptions
{
    public const int DefaultStacks = 100;
    public const int DefaultAgents = 200;
    public const int DefaultReportedAgents = 10_000;
    public const long DefaultCodeBytes = 20L << 30;

    public static readonly QuotaOptions None = new() { Stacks = null, Agents = null, ReportedAgents = null, CodeBytes = null };

    public int? Stacks { get; init; } = DefaultStacks;

    /// <summary>Deployed ones, in all of its stacks.</summary>
    public int? Agents { get; init; } = DefaultAgents;

    /// <summary>Those that registered themselves by their reports.</summary>
    public int? ReportedAgents { get; init; } = DefaultReportedAgents;

    /// <summary>What its agents' revisions take on disk, packed and unpacked; code that several revisions share counts once.</summary>
    public long? CodeBytes { get; init; } = DefaultCodeBytes;
}
