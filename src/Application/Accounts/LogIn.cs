using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts;

/// <summary>Exchanges e-mail and password for tokens. Null when they are refused, for whatever reason.</summary>
public sealed record LogIn(string? Email, string? Password) : IRequest<LoginTokens?>
{
    /// <summary>The type's name: a password that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(LogIn);
}

internal sealed class LogInValidator : AbstractValidator<LogIn>
{
    public LogInValidator()
    {
        RuleFor(request => request.Email).NotEmpty().WithMessage("This field is required and can't be blank.");
        RuleFor(request => request.Password).Cascade(CascadeMode.Stop)
            .NotEmpty().WithMessage("This field is required and can't be blank.")
            .OptionalText(PasswordRules.MaxLength);
    }
}

internal sealed class LogInHandler(
    IUserAccounts accounts, IApplicationDbContext db, ITokenIssuer tokens, AccountOptions options, IAuditTrail audit, IRequestOrigin origin, TimeProvider time)
    : IRequestHandler<LogIn, LoginTokens?>
{
    public async Task<LoginTokens?> Handle(LogIn request, CancellationToken cancellationToken)
    {
        if (await accounts.VerifyAsync(request.Email!, request.Password!, cancellationToken) is not { } user)
        {
            LoginMetrics.Failed();
            return null;
        }

        var now = time.Now();
        var secret = NewSecret.RefreshToken();
        var family = RefreshTokenFamily.Start(user.Id, secret, origin.ForLogin(), now, options.RefreshTokenLifetime);
        db.RefreshTokenFamilies.Add(family);
        audit.Record(AuditActions.AccountLoggedIn, AuditSubject.OfAccount(user.Id, user.Email), actorId: user.Id);
        await db.SaveChangesAsync(cancellationToken);

        LoginMetrics.Succeeded();
        return new LoginTokens(
            user, tokens.Issue(user, family.Tokens[0].Id), options.AccessTokenLifetime, secret.Value, options.RefreshTokenLifetime);
    }
}
