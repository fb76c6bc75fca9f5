namespace StackAgent.Infrastructure.Persistence;

/// <summary>A key of the ring that all servers encrypt stored secrets with.</summary>
public sealed class DataProtectionKeyRow
{
    public const int FriendlyNameMaxLength = 200;

    /// <summary>Given by the database.</summary>
    public int Id { get; init; }

    public required string FriendlyName { get; init; }

    /// <summary>The key itself, encrypted.</summary>
    public required string Xml { get; init; }
}
