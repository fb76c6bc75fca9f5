using System.Security.Cryptography;
using System.Text;

namespace StackAgent.Application.Accounts;

/// <summary>How accounts and their credentials behave.</summary>
/// <param name="SecretKey">Signs access tokens and derives agents' keys (<c>SECRET_KEY</c>, at least 32 characters). Never log it.</param>
public sealed record AccountOptions(string SecretKey)
{
    /// <summary><c>ACCESS_TOKEN_EXPIRE_MINUTES</c>.</summary>
    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary><c>REFRESH_TOKEN_EXPIRE_DAYS</c>.</summary>
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(7);

    public LoginLimits Limits { get; init; } = new();

    /// <summary>
    /// Secrets that other servers may have as their <see cref="SecretKey"/>, or that this one had (<c>SECRET_KEY_PREVIOUS</c>): what they signed and locked is good here too.
    /// Never log them.
    /// </summary>
    public IReadOnlyList<string> PreviousSecretKeys { get; init; } = [];

    /// <summary>These options under each of <see cref="PreviousSecretKeys"/>.</summary>
    public IEnumerable<AccountOptions> Previous => PreviousSecretKeys.Select(key => this with { SecretKey = key, PreviousSecretKeys = [] });

    /// <summary>A key of 32 bytes for one purpose, from which nothing can be learnt about the secret or the keys for other purposes.</summary>
    public byte[] DeriveKey(string purpose) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(SecretKey), outputLength: 32, info: Encoding.UTF8.GetBytes(purpose));

    /// <summary>The type's name: options that slip into a log line show no secret.</summary>
    public override string ToString() => nameof(AccountOptions);
}

/// <summary>How many attempts are answered before the caller has to wait, and when an account locks.</summary>
public sealed record LoginLimits
{
    /// <summary>Attempts to log in with one e-mail address, known or not, in <see cref="EmailWindow"/>. A success starts the count anew.</summary>
    public int AttemptsPerEmail { get; init; } = 10;

    public TimeSpan EmailWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Attempts to log in from one client address in <see cref="AddressWindow"/>.</summary>
    public int AttemptsPerAddress { get; init; } = 60;

    /// <summary>Registrations from one client address in <see cref="AddressWindow"/>: each costs a password hash and a row.</summary>
    public int RegistrationsPerAddress { get; init; } = 60;

    public TimeSpan AddressWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Wrong passwords in a row after which the account answers nobody for <see cref="LockoutDuration"/>, whichever server they ask.</summary>
    public int FailuresUntilLockout { get; init; } = 10;

    public TimeSpan LockoutDuration { get; init; } = TimeSpan.FromMinutes(5);
}
