using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Accounts;

/// <summary>
/// Gives the caller's account another password and ends every login but the caller's: whoever knew the old one is out. API keys stay.
/// </summary>
/// <param name="AccessTokenId">The <c>jti</c> of the caller's access token, whose login goes on.</param>
/// <param name="CurrentPassword">Proves that it isn't only a borrowed browser that asks.</param>
/// <param name="NewPassword">By the rules of registration.</param>
public sealed record ChangePassword(Guid AccessTokenId, string? CurrentPassword, string? NewPassword) : IRequest
{
    /// <summary>The type's name: a password that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(ChangePassword);
}

internal sealed class ChangePasswordValidator : AbstractValidator<ChangePassword>
{
    public ChangePasswordValidator()
    {
        RuleFor(request => request.CurrentPassword).Cascade(CascadeMode.Stop)
            .NotEmpty().WithMessage("This field is required and can't be blank.")
            .OptionalText(PasswordRules.MaxLength);
        RuleFor(request => request.NewPassword).AcceptablePassword();
    }
}

internal sealed class ChangePasswordHandler(
    IUserAccounts accounts, IApplicationDbContext db, ICurrentUser caller, IAuditTrail audit, TimeProvider time) : IRequestHandler<ChangePassword>
{
    public async Task<Unit> Handle(ChangePassword request, CancellationToken cancellationToken)
    {
        var account = await accounts.FindActiveAsync(caller.Id, cancellationToken) ?? throw new NotFoundException("This account no longer exists.");
        if (await accounts.VerifyAsync(account.Email, request.CurrentPassword!, cancellationToken) is null)
        {
            throw new ValidationFailedException(
                "current_password", "This isn't the account's password, or too many wrong ones were given and the account is locked for a while.");
        }

        var hash = accounts.HashPassword(request.NewPassword!);
        return await db.InTransactionAsync(
            async token =>
            {
                await accounts.SetPasswordAsync(caller.Id, hash, token);
                var others = await db.RefreshTokenFamilies
                    .ForUpdate()
                    .Where(login => login.UserId == caller.Id && login.RevokedAt == null && login.Tokens.All(held => held.Id != request.AccessTokenId))
                    .OrderBy(login => login.Id)
                    .ToListAsync(token);
                foreach (var login in others)
                    login.Revoke(time.Now());
                audit.Record(
                    AuditActions.AccountPasswordChanged, AuditSubject.OfAccount(account.Id, account.Email), $"Other logins ended: {others.Count}.");
                await db.SaveChangesAsync(token);
                return Unit.Value;
            },
            cancellationToken);
    }
}
