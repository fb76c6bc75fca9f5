using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts.ApiKeys;

/// <summary>An API key as its owner sees it after it was made: everything but the key.</summary>
public sealed record ApiKeyDetails(
    Guid Id,
    string Name,
    string KeyPrefix,
    ApiKeyScopes Scopes,
    Guid? AgentId,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset CreatedAt,
    bool Revoked);

/// <summary>The scopes' names on the wire and in the database.</summary>
public static class ApiKeyScopeNames
{
    private static readonly (string Name, ApiKeyScopes Scope)[] Known =
        [("report", ApiKeyScopes.Report), ("read", ApiKeyScopes.Read), ("write", ApiKeyScopes.Write)];

    /// <summary>All names, in their customary order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Known.Select(known => known.Name)];

    public static IReadOnlyList<string> ToNames(this ApiKeyScopes scopes) =>
        [.. Known.Where(known => scopes.HasFlag(known.Scope)).Select(known => known.Name)];

    /// <summary>The scopes of these names; one that isn't known adds nothing.</summary>
    public static ApiKeyScopes Parse(IEnumerable<string> names) => names.Aggregate(
        ApiKeyScopes.None,
        (scopes, name) => scopes | Array.Find(Known, known => known.Name == name).Scope);
}
