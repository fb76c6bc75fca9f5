using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Accounts.ApiKeys;

/// <summary>The caller's API keys, revoked ones and those of deployed agents included, newest first; at most 1,000.</summary>
public sealed record ListApiKeys : IRequest<IReadOnlyList<ApiKeyDetails>>;

internal sealed class ListApiKeysHandler(IApplicationDbContext db, ICurrentUser caller)
    : IRequestHandler<ListApiKeys, IReadOnlyList<ApiKeyDetails>>
{
    private const int Limit = 1000;

    public async Task<IReadOnlyList<ApiKeyDetails>> Handle(ListApiKeys request, CancellationToken cancellationToken) => await db.ApiKeys
        .AsNoTracking()
        .Where(key => key.OwnerId == caller.Id)
        .OrderByDescending(key => key.CreatedAt).ThenByDescending(key => key.Id)
        .Take(Limit)
        .Select(key => new ApiKeyDetails(
            key.Id, key.Name, key.Prefix, key.Scopes, key.AgentId, key.ExpiresAt, key.LastUsedAt, key.CreatedAt, key.RevokedAt != null))
        .ToListAsync(cancellationToken);
}
