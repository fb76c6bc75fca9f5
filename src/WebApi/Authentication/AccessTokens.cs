using System.Text;
using MediatR;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Access tokens: JWTs signed with HS256 by the server's secret itself (not a derived key), so that a gateway which knows the secret
/// can check them too. What is signed here and what is accepted here stand together.
/// </summary>
internal sealed class AccessTokens(AccountOptions options, TimeProvider time) : ITokenIssuer
{
    private const string Issuer = "stackagent";
    private const string Audience = "stackagent";

    /// <summary>How far the clock of the server that signed a token may be ahead.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(10);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SymmetricSecurityKey _key = new(Encoding.UTF8.GetBytes(options.SecretKey));

    public string Issue(UserAccount user, Guid tokenId)
    {
        var now = time.Now().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + options.AccessTokenLifetime,
            Claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                [CallerClaims.UserId] = user.Id.ToString(),
                ["email"] = user.Email,
                [CallerClaims.TokenId] = tokenId.ToString(),
                [CallerClaims.TokenType] = CallerClaims.AccessTokenType,
            },
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>Nothing but a token of <see cref="Issue"/> passes, and that only while its user is active and its login lasts.</summary>
    public void Configure(JwtBearerOptions bearer)
    {
        bearer.MapInboundClaims = false;
        bearer.IncludeErrorDetails = false;
        bearer.SaveToken = false;
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Audience,
            IssuerSigningKey = _key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
                time.GetUtcNow().UtcDateTime is var now && expires > now && (notBefore is null || notBefore <= now + ClockSkew),
            NameClaimType = CallerClaims.UserId,
        };
        bearer.Events = new JwtBearerEvents { OnTokenValidated = CheckAsync };
    }

    private static async Task CheckAsync(TokenValidatedContext context)
    {
        var claims = context.Principal!;
        if (claims.FindFirst(CallerClaims.TokenType)?.Value != CallerClaims.AccessTokenType
            || !Guid.TryParse(claims.FindFirst(CallerClaims.UserId)?.Value, out var userId)
            || !Guid.TryParse(claims.FindFirst(CallerClaims.TokenId)?.Value, out var tokenId))
        {
            context.Fail("This is not an access token.");
            return;
        }

        var mediator = context.HttpContext.RequestServices.GetRequiredService<IMediator>();
        if (!await mediator.Send(new CheckAccessToken(userId, tokenId), context.HttpContext.RequestAborted))
            context.Fail("The token's login has ended.");
    }
}
