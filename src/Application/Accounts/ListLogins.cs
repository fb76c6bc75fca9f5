using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts;

/// <summary>The caller's logins that haven't ended, the one used last first; at most 100.</summary>
/// <param name="AccessTokenId">The <c>jti</c> of the caller's access token.</param>
public sealed record ListLogins(Guid AccessTokenId) : IRequest<IReadOnlyList<LoginDetails>>;

/// <summary>A login: one browser or program that stays logged in.</summary>
/// <param name="Id">For ending it.</param>
/// <param name="Address">From where it was last renewed, as the server saw it; null when that isn't known.</param>
/// <param name="UserAgent">What renewed it, in its own words.</param>
/// <param name="CreatedAt">When the password was given.</param>
/// <param name="LastUsedAt">When it was last renewed.</param>
/// <param name="ExpiresAt">When it ends unless it is renewed.</param>
/// <param name="IsCurrent">Whether the caller uses it.</param>
public sealed record LoginDetails(
    Guid Id, string? Address, string? UserAgent, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, bool IsCurrent);

internal sealed class ListLoginsHandler(IApplicationDbContext db, ICurrentUser caller, TimeProvider time)
    : IRequestHandler<ListLogins, IReadOnlyList<LoginDetails>>
{
    private const int Limit = 100;

    public async Task<IReadOnlyList<LoginDetails>> Handle(ListLogins request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        return await db.RefreshTokenFamilies
            .AsNoTracking()
            .Where(login => login.UserId == caller.Id && login.RevokedAt == null && login.ExpiresAt > now)
            .OrderByDescending(login => login.LastUsedAt).ThenByDescending(login => login.Id)
            .Take(Limit)
            .Select(login => new LoginDetails(
                login.Id, login.Address, login.UserAgent, login.CreatedAt, login.LastUsedAt, login.ExpiresAt,
                db.RefreshTokens.Any(token => token.Id == request.AccessTokenId && token.FamilyId == login.Id)))
            .ToListAsync(cancellationToken);
    }
}

internal static class LoginOrigins
{
    /// <summary>Where the present request comes from, as a login remembers it.</summary>
    public static LoginOrigin ForLogin(this IRequestOrigin origin) => new(origin.Address, origin.UserAgent);
}
