using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;

namespace StackAgent.Application.Accounts;

/// <summary>
/// The logins that access tokens belong to, for many at once. Missing in the answer is one that was ended, or whose user is inactive:
/// that is what makes a logout, and the discovery of a stolen refresh token, count for access tokens too.
/// </summary>
/// <param name="TokenIds">The tokens' <c>jti</c>.</param>
public sealed record FindLogins(IReadOnlyCollection<Guid> TokenIds) : IRequest<IReadOnlyList<TokenLogin>>;

/// <summary>The login of an access token.</summary>
/// <param name="TokenId">Which of the tokens asked for.</param>
/// <param name="FamilyId">Its login.</param>
/// <param name="UserId">Whose login.</param>
public sealed record TokenLogin(Guid TokenId, Guid FamilyId, Guid UserId);

internal sealed class FindLoginsHandler(IApplicationDbContext db) : IRequestHandler<FindLogins, IReadOnlyList<TokenLogin>>
{
    public async Task<IReadOnlyList<TokenLogin>> Handle(FindLogins request, CancellationToken cancellationToken)
    {
        var ids = request.TokenIds.ToList();
        return await (
            from token in db.RefreshTokens.AsNoTracking()
            join family in db.RefreshTokenFamilies on token.FamilyId equals family.Id
            join user in db.Users on family.UserId equals user.Id
            where EF.Parameter(ids).Contains(token.Id) && family.RevokedAt == null && user.IsActive
            select new TokenLogin(token.Id, family.Id, user.Id))
            .ToListAsync(cancellationToken);
    }
}
