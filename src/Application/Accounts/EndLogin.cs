using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Accounts;

/// <summary>Ends one of the caller's logins, on whatever device: its tokens are refused from now on.</summary>
public sealed record EndLogin(Guid Id) : IRequest;

internal sealed class EndLoginHandler(IApplicationDbContext db, ICurrentUser caller, IAuditTrail audit, TimeProvider time) : IRequestHandler<EndLogin>
{
    public Task<Unit> Handle(EndLogin request, CancellationToken cancellationToken) => db.InTransactionAsync(
        async token =>
        {
            var login = await db.RefreshTokenFamilies
                .ForUpdate()
                .SingleOrDefaultAsync(candidate => candidate.Id == request.Id && candidate.UserId == caller.Id, token)
                ?? throw new NotFoundException("There is no login with this id.");
            if (login.RevokedAt is not null)
                return Unit.Value;

            var email = await db.Users.Where(user => user.Id == caller.Id).Select(user => user.Email).SingleAsync(token);
            audit.Record(AuditActions.AccountLoggedOut, AuditSubject.OfAccount(caller.Id, email), "A login chosen from the list.");
            login.Revoke(time.Now());
            await db.SaveChangesAsync(token);
            return Unit.Value;
        },
        cancellationToken);
}
