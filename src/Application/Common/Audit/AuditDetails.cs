namespace StackAgent.Application.Common.Audit;

/// <summary>Sentences for the audit trail.</summary>
public static class AuditDetails
{
    /// <summary>Which fields a change was about, by their names on the wire; null when none was.</summary>
    public static string? Changed(params (string Field, bool IsChanged)[] fields)
    {
        var changed = fields.Where(field => field.IsChanged).Select(field => field.Field).ToList();
        return changed.Count == 0 ? null : $"Changed: {string.Join(", ", changed)}.";
    }
}
