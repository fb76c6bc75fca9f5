using StackAgent.Application.Accounts.ApiKeys;

namespace StackAgent.WebApi.Controllers.Accounts;

/// <summary>An API key without the key.</summary>
/// <param name="Id">For revoking it.</param>
/// <param name="Name">What its owner called it.</param>
/// <param name="KeyPrefix">The key's first characters, to recognise it.</param>
/// <param name="Scopes">What it may do: <c>report</c>, <c>read</c>, <c>write</c>.</param>
/// <param name="AgentId">The deployed agent that the key was made for and speaks for; null for a key of the user's own.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="LastUsedAt">To within a minute; null before the first use.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Revoked">Whether its owner ended it.</param>
public sealed record ApiKeyResponse(
    Guid Id,
    string Name,
    string KeyPrefix,
    IReadOnlyList<string> Scopes,
    Guid? AgentId,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset CreatedAt,
    bool Revoked)
{
    internal static ApiKeyResponse From(ApiKeyDetails key) => new(
        key.Id, key.Name, key.KeyPrefix, key.Scopes.ToNames(), key.AgentId, key.ExpiresAt, key.LastUsedAt, key.CreatedAt, key.Revoked);
}

public sealed record ApiKeysResponse(IReadOnlyList<ApiKeyResponse> ApiKeys)
{
    internal static ApiKeysResponse From(IEnumerable<ApiKeyDetails> keys) => new([.. keys.Select(ApiKeyResponse.From)]);
}

/// <summary>A new API key, with the key itself, which is shown this once.</summary>
public sealed record NewApiKeyResponse(
    Guid Id,
    string Name,
    string Key,
    string KeyPrefix,
    IReadOnlyList<string> Scopes,
    Guid? AgentId,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset CreatedAt,
    bool Revoked)
{
    /// <summary>The type's name: a key that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(NewApiKeyResponse);

    internal static NewApiKeyResponse From(NewApiKey created)
    {
        var key = created.Details;
        return new NewApiKeyResponse(
            key.Id, key.Name, created.Key, key.KeyPrefix, key.Scopes.ToNames(), key.AgentId, key.ExpiresAt, key.LastUsedAt, key.CreatedAt, key.Revoked);
    }
}
