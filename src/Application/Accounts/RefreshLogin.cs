using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts;

/// <summary>Exchanges a refresh token for new tokens. Null when it is refused; reusing a spent one also ends its login.</summary>
public sealed record RefreshLogin(string RefreshToken) : IRequest<LoginTokens?>
{
    /// <summary>The type's name: a token that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(RefreshLogin);
}

internal sealed class RefreshLoginHandler(
    IUserAccounts accounts, IApplicationDbContext db, ITokenIssuer tokens, AccountOptions options, IRequestOrigin origin, TimeProvider time)
    : IRequestHandler<RefreshLogin, LoginTokens?>
{
    public async Task<LoginTokens?> Handle(RefreshLogin request, CancellationToken cancellationToken)
    {
        var hash = Secret.HashOf(request.RefreshToken);

        // Most of what is refused is refused here, without the write lock.
        if (!await db.RefreshTokens.AnyAsync(token => token.Hash == hash, cancellationToken))
            return null;

        var secret = NewSecret.RefreshToken();
        var rotated = await db.InTransactionAsync(token => RotateAsync(hash, secret, token), cancellationToken);
        if (rotated is not var (userId, tokenId) || await accounts.FindActiveAsync(userId, cancellationToken) is not { } user)
            return null;

        return new LoginTokens(user, tokens.Issue(user, tokenId), options.AccessTokenLifetime, secret.Value, options.RefreshTokenLifetime);
    }

    /// <summary>
    /// The family is locked before its token is read: of two uses of one token the later one sees that it is spent. A revocation is a
    /// mark on the family, so that no successor escapes it.
    /// </summary>
    private async Task<(Guid UserId, Guid TokenId)?> RotateAsync(byte[] hash, Secret secret, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var family = await db.RefreshTokenFamilies
            .ForUpdate()
            .SingleOrDefaultAsync(candidate => candidate.Tokens.Any(token => token.Hash == hash), cancellationToken);
        if (family is null)
            return null;

        var presented = await db.RefreshTokens.SingleAsync(token => token.Hash == hash, cancellationToken);
        var successor = family.Rotate(presented, secret, origin.ForLogin(), now, options.RefreshTokenLifetime);
        await db.SaveChangesAsync(cancellationToken);
        if (successor is null)
            return null;

        var over = now - options.AccessTokenLifetime;
        await db.RefreshTokens.Where(token => token.FamilyId == family.Id && token.ExpiresAt < over).ExecuteDeleteAsync(cancellationToken);
        return (family.UserId, successor.Id);
    }
}
