using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts.ApiKeys;

/// <summary>
/// Whom API keys speak for, for many at once. Those that are unknown, revoked or expired, or whose owner is inactive, are missing in the
/// answer.
/// </summary>
/// <param name="Hashes">SHA-256 of each key, as <see cref="Secret.HashOf"/> makes it.</param>
public sealed record FindApiKeys(IReadOnlyCollection<byte[]> Hashes) : IRequest<IReadOnlyList<ApiKeyCaller>>;

/// <summary>An API key in force, and whom it speaks for.</summary>
/// <param name="Hash">Which of the hashes asked for is this key's.</param>
/// <param name="KeyId">The key's row.</param>
/// <param name="OwnerId">Whom it speaks for.</param>
/// <param name="AgentId">The only agent it may report for; null when it isn't bound to one.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="ExpiresAt">From then on it counts no longer; null: never.</param>
/// <param name="LastUsedAt">As it was noted; null before the first use.</param>
public sealed record ApiKeyCaller(
    byte[] Hash, Guid KeyId, Guid OwnerId, Guid? AgentId, ApiKeyScopes Scopes, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>Notes that keys are used, some time after the request that used them and without making it wait.</summary>
public interface IApiKeyUsage
{
    /// <summary>How exact <see cref="ApiKey.LastUsedAt"/> is: more uses than one in this time leave one mark.</summary>
    static readonly TimeSpan Resolution = TimeSpan.FromMinutes(1);

    void Record(Guid keyId, DateTimeOffset usedAt);
}

internal sealed class FindApiKeysHandler(IApplicationDbContext db, TimeProvider time) : IRequestHandler<FindApiKeys, IReadOnlyList<ApiKeyCaller>>
{
    public async Task<IReadOnlyList<ApiKeyCaller>> Handle(FindApiKeys request, CancellationToken cancellationToken)
    {
        var hashes = request.Hashes.ToList();
        var now = time.Now();

        // As one parameter, so that the statement is the same however many keys are asked for.
        return await (
            from key in db.ApiKeys.AsNoTracking()
            join owner in db.Users on key.OwnerId equals owner.Id
            where EF.Parameter(hashes).Contains(key.Hash) && key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt > now) && owner.IsActive
            select new ApiKeyCaller(key.Hash, key.Id, key.OwnerId, key.AgentId, key.Scopes, key.ExpiresAt, key.LastUsedAt))
            .ToListAsync(cancellationToken);
    }
}
