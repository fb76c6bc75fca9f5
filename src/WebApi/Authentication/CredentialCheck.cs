using System.Globalization;
using System.Security.Claims;
using MediatR;
using Microsoft.IdentityModel.JsonWebTokens;
using StackAgent.Application.Accounts;
using StackAgent.Application.Accounts.ApiKeys;

namespace StackAgent.WebApi.Authentication;

/// <summary>For answers that outlast their credential: whether it would still be taken.</summary>
internal sealed class CredentialCheck(IServiceScopeFactory scopes)
{
    /// <summary>When an access token ends by itself; null for an API key, whose end only <see cref="IsValidAsync"/> knows.</summary>
    public static DateTimeOffset? ExpiryOf(ClaimsPrincipal caller) =>
        long.TryParse(caller.FindFirst(JwtRegisteredClaimNames.Exp)?.Value, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>Whether the key isn't revoked or expired, or the token's login hasn't ended.</summary>
    public async Task<bool> IsValidAsync(HttpContext context, CancellationToken cancellationToken)
    {
        // Not the request's own services: what they make would live as long as the answer.
        await using var scope = scopes.CreateAsyncScope();
        var mediator = scope.ServiceProvider.GetRequiredService<IMediator>();
        if (Credentials.ApiKeyOf(context.Request) is { } key)
            return await mediator.Send(new AuthenticateApiKey(key), cancellationToken) is not null;

        return Guid.TryParse(context.User.FindFirst(CallerClaims.UserId)?.Value, out var userId)
            && Guid.TryParse(context.User.FindFirst(CallerClaims.TokenId)?.Value, out var tokenId)
            && await mediator.Send(new CheckAccessToken(userId, tokenId), cancellationToken);
    }
}
