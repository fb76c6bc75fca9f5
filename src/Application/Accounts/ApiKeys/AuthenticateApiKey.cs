using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts.ApiKeys;

/// <summary>Whom an API key speaks for. Null when it is unknown, revoked or expired, or its owner is inactive.</summary>
public sealed record AuthenticateApiKey(string Key) : IRequest<ApiKeyCaller?>
{
    /// <summary>The type's name: a key that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(AuthenticateApiKey);
}

public sealed record ApiKeyCaller(Guid KeyId, Guid OwnerId, Guid? AgentId, ApiKeyScopes Scopes);

/// <summary>Notes that keys are used, some time after the request that used them and without making it wait.</summary>
public interface IApiKeyUsage
{
    /// <summary>How exact <see cref="ApiKey.LastUsedAt"/> is: more uses than one in this time leave one mark.</summary>
    static readonly TimeSpan Resolution = TimeSpan.FromMinutes(1);

    void Record(Guid keyId, DateTimeOffset usedAt);
}

internal sealed class AuthenticateApiKeyHandler(IApplicationDbContext db, IApiKeyUsage usage, TimeProvider time)
    : IRequestHandler<AuthenticateApiKey, ApiKeyCaller?>
{
    public async Task<ApiKeyCaller?> Handle(AuthenticateApiKey request, CancellationToken cancellationToken)
    {
        if (request.Key.Length != Secret.ApiKeyLength)
            return null;

        var hash = Secret.HashOf(request.Key);
        var now = time.Now();
        var found = await (
            from key in db.ApiKeys.AsNoTracking()
            join owner in db.Users on key.OwnerId equals owner.Id
            where key.Hash == hash && key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt > now) && owner.IsActive
            select new { Caller = new ApiKeyCaller(key.Id, key.OwnerId, key.AgentId, key.Scopes), key.LastUsedAt })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
            return null;

        if (found.LastUsedAt is not { } last || now - last >= IApiKeyUsage.Resolution)
            usage.Record(found.Caller.KeyId, now);
        return found.Caller;
    }
}
