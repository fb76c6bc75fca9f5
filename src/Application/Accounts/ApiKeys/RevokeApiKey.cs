using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Accounts.ApiKeys;

/// <summary>Ends one of the caller's API keys. The row stays in the list; revoking twice is the same as once.</summary>
public sealed record RevokeApiKey(Guid Id) : IRequest;

internal sealed class RevokeApiKeyHandler(IApplicationDbContext db, ICurrentUser caller, IAuditTrail audit, TimeProvider time)
    : IRequestHandler<RevokeApiKey>
{
    public Task<Unit> Handle(RevokeApiKey request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            var key = await db.ApiKeys
                .ForUpdate()
                .SingleOrDefaultAsync(candidate => candidate.Id == request.Id && candidate.OwnerId == caller.Id, token)
                ?? throw new NotFoundException("There is no API key with this id.");
            if (key.RevokedAt is null)
                audit.Record(AuditActions.ApiKeyRevoked, AuditSubject.Of(key));
            key.Revoke(time.Now());
            await db.SaveChangesAsync(token);
            return Unit.Value;
        },
        cancellationToken);
}
