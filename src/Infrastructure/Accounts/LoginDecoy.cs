using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>
/// Stands in for the account that an unknown e-mail address doesn't have: its failures are counted in the same statement as an
/// account's would be, so that the time of the answer doesn't tell which addresses exist. The counts mean nothing.
/// </summary>
public sealed class LoginDecoy
{
    /// <summary>Rows: few enough to cost nothing, enough that parallel attempts seldom wait for each other.</summary>
    public const int Count = 64;

    public int Id { get; init; }
    public int AccessFailedCount { get; init; }
    public DateTimeOffset? LockoutEnd { get; init; }

    /// <summary>Always the same row for the same address, as an account's would be.</summary>
    public static int IdFor(string email) => SHA256.HashData(Encoding.UTF8.GetBytes(email))[0] % Count;
}

/// <summary>A hash that the hasher itself made of a password nobody knows: checking against it costs what checking a real one costs.</summary>
internal sealed class DecoyPassword(IPasswordHasher<ApplicationUser> hasher)
{
    /// <summary>Stands in for the account as well; the hasher only passes it through.</summary>
    public ApplicationUser User { get; } = new();

    public string Hash { get; } = hasher.HashPassword(new ApplicationUser(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
}
