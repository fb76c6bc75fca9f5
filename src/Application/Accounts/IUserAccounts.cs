using StackAgent.Application.Common;

namespace StackAgent.Application.Accounts;

/// <summary>The accounts and their passwords.</summary>
public interface IUserAccounts
{
    /// <summary>Throws <see cref="Domain.Common.ConflictException"/> when the e-mail address is taken, in whatever case it is written.</summary>
    Task<UserAccount> RegisterAsync(string email, string password, string fullName, CancellationToken cancellationToken);

    /// <summary>
    /// The account whose e-mail and password these are. Null when the address is unknown, the password wrong, the account inactive or
    /// locked; the answer takes the same time in each of these cases. Failures are counted and lock the account for a while.
    /// </summary>
    Task<UserAccount?> VerifyAsync(string email, string password, CancellationToken cancellationToken);

    /// <summary>For <see cref="SetPasswordAsync"/>. Takes as long as it should for those who guess: not to be called within a transaction.</summary>
    string HashPassword(string password);

    /// <summary>Gives the account another password; <see cref="VerifyAsync"/> refuses the old one from the commit on.</summary>
    Task SetPasswordAsync(Guid userId, string hash, CancellationToken cancellationToken);

    /// <summary>Null when there is no such account or it is inactive.</summary>
    Task<UserAccount?> FindActiveAsync(Guid userId, CancellationToken cancellationToken);

    /// <summary>The id of the active account with this e-mail address, in whatever case it is written; null when there is none.</summary>
    Task<Guid?> FindIdAsync(string email, CancellationToken cancellationToken);

    /// <summary>
    /// Writes those parts that are given, and only those: two changes of different parts at once both stay. Returns the account as it
    /// is now; null when there is no such account or it is inactive.
    /// </summary>
    Task<UserAccount?> UpdateAsync(
        Guid userId, string? fullName, Optional<string> notificationWebhookUrl, CancellationToken cancellationToken);
}

/// <summary>An account as use cases see it.</summary>
public sealed record UserAccount(
    Guid Id, string Email, string FullName, bool IsActive, string? NotificationWebhookUrl, DateTimeOffset CreatedAt)
{
    public const int FullNameMaxLength = 255;
    public const int WebhookUrlMaxLength = 2000;
}
