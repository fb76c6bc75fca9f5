namespace StackAgent.Infrastructure.Audit;

/// <summary>
/// How far back the audit trail has to be whole, in one row. The database refuses to change an entry, and to delete one that isn't before this: whoever
/// prunes moves it first.
/// </summary>
public sealed class AuditHorizon
{
    public const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    /// <summary>Entries whose ids come before it may be deleted; <see cref="Guid.Empty"/>: none.</summary>
    public Guid Before { get; init; }
}
