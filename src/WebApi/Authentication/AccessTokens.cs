using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Access tokens: JWTs signed with HS256 by the server's secret itself (not a derived key), so that a gateway which knows the secret
/// can check them too. What is signed here and what is accepted here stand together. Accepted is also what a previous secret signed, until it ends.
/// </summary>
internal sealed class AccessTokens : ITokenIssuer
{
    private const string Issuer = "stackagent";
    private const string Audience = "stackagent";
    private const string TokenType = "type";

    /// <summary>What tells an access token from any other token that this server may sign.</summary>
    private const string AccessTokenType = "access";

    /// <summary>Several times as long as any that is issued here.</summary>
    private const int MaxLength = 4096;

    /// <summary>How far the clock of the server that signed a token may be ahead.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(10);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly AccountOptions _options;
    private readonly CredentialCache _cache;
    private readonly TimeProvider _time;
    private readonly SymmetricSecurityKey _key;
    private readonly TokenValidationParameters _rules;
    private readonly RecentItems<CredentialHash, AccessToken> _verified = new();

    public AccessTokens(AccountOptions options, CredentialCache cache, TimeProvider time)
    {
        _options = options;
        _cache = cache;
        _time = time;
        _key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(options.SecretKey));
        _rules = new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Audience,
            IssuerSigningKeys = [_key, .. options.PreviousSecretKeys.Select(previous => new SymmetricSecurityKey(Encoding.UTF8.GetBytes(previous)))],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
                time.GetUtcNow().UtcDateTime is var now && expires > now && (notBefore is null || notBefore <= now + ClockSkew),
        };
    }

    public string Issue(UserAccount user, Guid tokenId)
    {
        var now = _time.Now().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + _options.AccessTokenLifetime,
            Claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                [JwtRegisteredClaimNames.Sub] = user.Id.ToString(),
                [JwtRegisteredClaimNames.Email] = user.Email,
                [JwtRegisteredClaimNames.Jti] = tokenId.ToString(),
                [TokenType] = AccessTokenType,
            },
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>Nothing but a token of <see cref="Issue"/> finds its caller, and that only while its user is active and its login lasts.</summary>
    public ValueTask<CallerIdentity?> FindAsync(ReadOnlySpan<char> text, CancellationToken cancellationToken)
    {
        if (text.Length > MaxLength)
            return default;

        // A signature once found good stays good; only the time, and what became of the login, have to be looked at again.
        var hash = CredentialHash.OfText(text);
        return _verified.TryGet(hash, out var token) ? CheckLoginAsync(token, cancellationToken) : VerifyAsync(hash, text.ToString(), cancellationToken);
    }

    private async ValueTask<CallerIdentity?> VerifyAsync(CredentialHash hash, string text, CancellationToken cancellationToken)
    {
        var result = await _handler.ValidateTokenAsync(text, _rules);
        if (!result.IsValid
            || result.SecurityToken is not JsonWebToken jwt
            || !jwt.TryGetPayloadValue(TokenType, out string? type) || type != AccessTokenType
            || !Guid.TryParse(jwt.Subject, out var userId)
            || !Guid.TryParse(jwt.Id, out var tokenId))
        {
            return null;
        }

        var token = new AccessToken(tokenId, jwt.ValidTo, new CallerIdentity("AccessToken", userId) { TokenId = tokenId, ExpiresAt = new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero) });
        _verified.Add(hash, token);
        return await CheckLoginAsync(token, cancellationToken);
    }

    private ValueTask<CallerIdentity?> CheckLoginAsync(AccessToken token, CancellationToken cancellationToken)
    {
        if (token.ExpiresAt <= _time.GetUtcNow().UtcDateTime)
            return default;

        var finding = _cache.Logins.FindAsync(token.Id, cancellationToken);
        return finding.IsCompletedSuccessfully ? new ValueTask<CallerIdentity?>(token.CallerOf(finding.Result)) : WaitAsync(token, finding);
    }

    private static async ValueTask<CallerIdentity?> WaitAsync(AccessToken token, ValueTask<TokenLogin?> finding) => token.CallerOf(await finding);

    /// <summary>A token with a good signature.</summary>
    private sealed record AccessToken(Guid Id, DateTime ExpiresAt, CallerIdentity Caller)
    {
        public CallerIdentity? CallerOf(TokenLogin? login) => login?.UserId == Caller.UserId ? Caller : null;
    }
}
