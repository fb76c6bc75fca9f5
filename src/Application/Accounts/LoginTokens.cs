using System.Security.Cryptography;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts;

/// <summary>What a login or a refresh hands out. Holds secrets: never log it.</summary>
public sealed record LoginTokens(
    UserAccount User, string AccessToken, TimeSpan AccessTokenLifetime, string RefreshToken, TimeSpan RefreshTokenLifetime)
{
    /// <summary>The type's name: tokens that slip into a log line show nothing.</summary>
    public override string ToString() => nameof(LoginTokens);
}

internal static class NewSecret
{
    public static Secret RefreshToken() => Secret.RefreshToken(RandomNumberGenerator.GetBytes(Secret.ByteLength));

    public static Secret ApiKey() => Secret.ApiKey(RandomNumberGenerator.GetBytes(Secret.ByteLength));
}
