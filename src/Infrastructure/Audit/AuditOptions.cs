namespace StackAgent.Infrastructure.Audit;

/// <summary>How long the audit trail is kept.</summary>
/// <param name="Retention">Older entries are deleted; null keeps them for ever.</param>
public sealed record AuditOptions(TimeSpan? Retention)
{
    public static AuditOptions Default { get; } = new(TimeSpan.FromDays(365));
}
