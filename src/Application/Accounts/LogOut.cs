using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts;

/// <summary>
/// Ends the logins that the caller shows a token of, or all of their user's. False when none of the tokens belongs to a login: then
/// nothing was ended.
/// </summary>
/// <param name="RefreshTokens">Those that the caller sent, spent and expired ones included: whoever held one may end its login.</param>
/// <param name="AccessTokenId">The <c>jti</c> of the caller's valid access token; null when there is none.</param>
/// <param name="All">Every login of the user, on every device.</param>
public sealed record LogOut(IReadOnlyCollection<string> RefreshTokens, Guid? AccessTokenId, bool All) : IRequest<bool>
{
    /// <summary>The type's name: a token that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(LogOut);
}

internal sealed class LogOutHandler(IApplicationDbContext db, IAuditTrail audit, TimeProvider time) : IRequestHandler<LogOut, bool>
{
    public async Task<bool> Handle(LogOut request, CancellationToken cancellationToken)
    {
        var hashes = request.RefreshTokens.Select(Secret.HashOf).ToList();
        var logins = await db.RefreshTokens
            .AsNoTracking()
            .Where(token => hashes.Contains(token.Hash) || token.Id == request.AccessTokenId)
            .Join(db.RefreshTokenFamilies, token => token.FamilyId, family => family.Id, (_, family) => new { family.Id, family.UserId })
            .ToListAsync(cancellationToken);
        if (logins.Count == 0)
            return false;

        var ids = logins.ConvertAll(login => login.Id);
        var users = request.All ? logins.ConvertAll(login => login.UserId) : [];
        await db.InTransactionAsync(
            async token =>
            {
                var families = await db.RefreshTokenFamilies
                    .ForUpdate()
                    .Where(family => family.RevokedAt == null && (ids.Contains(family.Id) || users.Contains(family.UserId)))
                    .OrderBy(family => family.Id)
                    .ToListAsync(token);
                foreach (var family in families)
                    family.Revoke(time.Now());
                await RecordAsync(families, request.All, token);
                return await db.SaveChangesAsync(token);
            },
            cancellationToken);
        return true;
    }

    private async Task RecordAsync(IEnumerable<RefreshTokenFamily> ended, bool all, CancellationToken cancellationToken)
    {
        foreach (var logins in ended.GroupBy(family => family.UserId))
        {
            var email = await db.Users.Where(user => user.Id == logins.Key).Select(user => user.Email).SingleAsync(cancellationToken);
            audit.Record(
                AuditActions.AccountLoggedOut, AuditSubject.OfAccount(logins.Key, email), all ? $"On every device: {logins.Count()}." : null, actorId: logins.Key);
        }
    }
}
