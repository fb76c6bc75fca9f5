namespace StackAgent.Application.Common.Persistence;

/// <summary>What other features may read of an account.</summary>
public sealed class UserProfile
{
    public Guid Id { get; init; }
    public string Email { get; init; } = "";
    public string FullName { get; init; } = "";

    /// <summary>False: none of the account's credentials counts.</summary>
    public bool IsActive { get; init; }
}
