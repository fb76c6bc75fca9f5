using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;

namespace StackAgent.Application.Accounts;

/// <summary>
/// Whether an access token with a valid signature still counts: its user is active and its login hasn't ended. That is what makes a
/// logout, and the discovery of a stolen refresh token, take effect at once.
/// </summary>
public sealed record CheckAccessToken(Guid UserId, Guid TokenId) : IRequest<bool>;

internal sealed class CheckAccessTokenHandler(IApplicationDbContext db) : IRequestHandler<CheckAccessToken, bool>
{
    public Task<bool> Handle(CheckAccessToken request, CancellationToken cancellationToken) => (
        from token in db.RefreshTokens.AsNoTracking()
        join family in db.RefreshTokenFamilies on token.FamilyId equals family.Id
        join user in db.Users on family.UserId equals user.Id
        where token.Id == request.TokenId && user.Id == request.UserId && family.RevokedAt == null && user.IsActive
        select token.Id).AnyAsync(cancellationToken);
}
