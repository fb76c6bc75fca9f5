using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>Accounts over ASP.NET Core Identity: its users, its password hasher, its lockout columns.</summary>
internal sealed class UserAccounts(
    ApplicationDbContext db,
    UserManager<ApplicationUser> users,
    IPasswordHasher<ApplicationUser> hasher,
    DecoyPassword decoy,
    FailedLogins failedLogins,
    IRequestOrigin origin,
    IAuditTrail audit,
    AccountOptions options,
    TimeProvider time) : IUserAccounts
{
    private const string EmailTaken = "An account with this e-mail address already exists.";

    public async Task<UserAccount> RegisterAsync(string email, string password, string fullName, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var user = new ApplicationUser
        {
            Id = Guid.CreateVersion7(),
            UserName = email,
            Email = email,
            FullName = fullName,
            CreatedAt = now,
            UpdatedAt = now,
        };

        // Saved with the account, since Identity saves what this context holds.
        audit.Record(AuditActions.AccountRegistered, AuditSubject.OfAccount(user.Id, email), actorId: user.Id);

        // Identity looks for the address first and answers politely; of two that come at once the unique index refuses one.
        var result = await users.CreateAsync(user, password);
        if (result.Errors.Any(error => error.Code is nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName)))
            throw new ConflictException(EmailTaken);
        if (!result.Succeeded)
            throw new ValidationFailedException("email", string.Join(' ', result.Errors.Select(error => error.Description)));

        return ToAccount(user);
    }

    public async Task<UserAccount?> VerifyAsync(string email, string password, CancellationToken cancellationToken)
    {
        // Every path below is one query, one verification and one write, so that they take the same time.
        var normalized = EmailAddress.Normalize(email) ?? "";
        var user = await db.Accounts.AsNoTracking().SingleOrDefaultAsync(account => account.NormalizedEmail == normalized, cancellationToken);
        var verdict = hasher.VerifyHashedPassword(user ?? decoy.User, user?.PasswordHash ?? decoy.Hash, password);

        var now = time.Now();
        if (user is not { IsActive: true } || user.LockoutEnd > now || verdict == PasswordVerificationResult.Failed)
        {
            await db.InTransactionAsync(
                token => user is null ? CountDecoyFailureAsync(LoginDecoy.IdFor(normalized), now, token) : CountFailureAsync(user.Id, now, token),
                cancellationToken);
            if (user is not null)
                failedLogins.Add(new FailedLogin(user.Id, user.Email ?? "", now, origin.Address, origin.TraceId));
            return null;
        }

        var rehashed = verdict == PasswordVerificationResult.SuccessRehashNeeded ? hasher.HashPassword(user, password) : user.PasswordHash;
        if (user.AccessFailedCount > 0 || user.LockoutEnd is not null || rehashed != user.PasswordHash)
        {
            await db.InTransactionAsync(
                token => db.Accounts.Where(account => account.Id == user.Id).ExecuteUpdateAsync(
                    set => set
                        .SetProperty(account => account.AccessFailedCount, 0)
                        .SetProperty(account => account.LockoutEnd, (DateTimeOffset?)null)
                        .SetProperty(account => account.PasswordHash, rehashed),
                    token),
                cancellationToken);
        }

        return ToAccount(user);
    }

    public string HashPassword(string password) => hasher.HashPassword(decoy.User, password);

    public Task SetPasswordAsync(Guid userId, string hash, CancellationToken cancellationToken)
    {
        var now = time.Now();
        return db.Accounts.Where(user => user.Id == userId).ExecuteUpdateAsync(
            set => set.SetProperty(user => user.PasswordHash, hash).SetProperty(user => user.UpdatedAt, now), cancellationToken);
    }

    public async Task<UserAccount?> FindActiveAsync(Guid userId, CancellationToken cancellationToken) =>
        await db.Accounts.AsNoTracking().SingleOrDefaultAsync(user => user.Id == userId && user.IsActive, cancellationToken) is { } user
            ? ToAccount(user)
            : null;

    public Task<Guid?> FindIdAsync(string email, CancellationToken cancellationToken)
    {
        var normalized = EmailAddress.Normalize(email);
        return db.Accounts
            .Where(user => user.NormalizedEmail == normalized && user.IsActive)
            .Select(user => (Guid?)user.Id)
            .FirstOrDefaultAsync(cancellationToken);
    }

    public async Task<UserAccount?> UpdateAsync(
        Guid userId, string? fullName, Optional<string> notificationWebhookUrl, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var dropped = await db.InTransactionAsync(
            async token =>
            {
                var updated = await db.Accounts.Where(user => user.Id == userId && user.IsActive).ExecuteUpdateAsync(
                    set =>
                    {
                        set.SetProperty(user => user.UpdatedAt, now);
                        if (fullName is not null)
                            set.SetProperty(user => user.FullName, fullName);
                        if (notificationWebhookUrl.IsPresent)
                            set.SetProperty(user => user.NotificationWebhookUrl, notificationWebhookUrl.Value);
                    },
                    token);
                if (updated == 0)
                    return null;

                // The account's row is locked now, so of two changes at once the second one sees the endpoint of the first.
                var endpoint = notificationWebhookUrl.IsPresent ? await db.FollowAccountAsync(userId, notificationWebhookUrl.Value, now, token) : null;
                if (AuditDetails.Changed(("full_name", fullName is not null), ("notification_webhook_url", notificationWebhookUrl.IsPresent)) is { } detail)
                {
                    var email = await db.Users.Where(user => user.Id == userId).Select(user => user.Email).SingleAsync(token);
                    audit.Record(AuditActions.AccountUpdated, AuditSubject.OfAccount(userId, email), detail);
                }

                await db.SaveChangesAsync(token);
                return endpoint;
            },
            cancellationToken);
        if (dropped is { } endpointId)
            await db.CancelDeliveriesAsync(endpointId, now, cancellationToken);

        return await FindActiveAsync(userId, cancellationToken);
    }

    /// <summary>
    /// Counts in the database, in one statement: Identity's own way (read, add one, write back if nobody else did) loses counts when
    /// guesses come in parallel, which is how they come. While the account is locked, nothing changes: guessing on doesn't prolong it.
    /// </summary>
    private Task<int> CountFailureAsync(Guid userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var last = options.Limits.FailuresUntilLockout - 1;
        DateTimeOffset? until = now + options.Limits.LockoutDuration;
        return db.Accounts.Where(user => user.Id == userId).ExecuteUpdateAsync(
            set => set
                .SetProperty(user => user.LockoutEnd, user => user.LockoutEnd > now ? user.LockoutEnd : user.AccessFailedCount >= last ? until : null)
                .SetProperty(user => user.AccessFailedCount, user => user.LockoutEnd > now || user.AccessFailedCount >= last ? 0 : user.AccessFailedCount + 1),
            cancellationToken);
    }

    private Task<int> CountDecoyFailureAsync(int decoyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var last = options.Limits.FailuresUntilLockout - 1;
        DateTimeOffset? until = now + options.Limits.LockoutDuration;
        return db.Set<LoginDecoy>().Where(row => row.Id == decoyId).ExecuteUpdateAsync(
            set => set
                .SetProperty(row => row.LockoutEnd, row => row.LockoutEnd > now ? row.LockoutEnd : row.AccessFailedCount >= last ? until : null)
                .SetProperty(row => row.AccessFailedCount, row => row.LockoutEnd > now || row.AccessFailedCount >= last ? 0 : row.AccessFailedCount + 1),
            cancellationToken);
    }

    private static UserAccount ToAccount(ApplicationUser user) =>
        new(user.Id, user.Email ?? "", user.FullName, user.IsActive, user.NotificationWebhookUrl, user.CreatedAt);
}
