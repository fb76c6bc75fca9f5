using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts;

/// <summary>Makes an account.</summary>
/// <param name="Email">Up to 255 characters; unique without regard to case.</param>
/// <param name="Password">8…128 characters with an upper-case letter, a lower-case letter and a digit.</param>
/// <param name="FullName">1…255 characters.</param>
/// <param name="Name">Accepted in place of <paramref name="FullName"/>.</param>
public sealed record RegisterUser(string? Email, string? Password, string? FullName, string? Name) : IRequest<UserAccount>
{
    /// <summary>The type's name: a password that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(RegisterUser);
}

internal sealed class RegisterUserValidator : AbstractValidator<RegisterUser>
{
    public RegisterUserValidator()
    {
        RuleFor(request => request.Email)
            .RequiredText(EmailAddress.MaxLength)
            .Must(EmailAddress.IsAcceptable).WithMessage("This is not an e-mail address; it should look like name@example.com.");
        RuleFor(request => request.Password).AcceptablePassword();
        RuleFor(request => request.FullName ?? request.Name)
            .RequiredText(UserAccount.FullNameMaxLength)
            .OverridePropertyName(ValidatorExtensions.WireName(nameof(RegisterUser.FullName)));
    }
}

internal static class PasswordValidation
{
    /// <summary>Every sentence that <see cref="PasswordRules"/> has to say.</summary>
    public static void AcceptablePassword<T>(this IRuleBuilderInitial<T, string?> rule) => rule.Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("This field is required and can't be blank.")
        .Custom((password, context) =>
        {
            foreach (var sentence in PasswordRules.Violations(password!))
                context.AddFailure(sentence);
        });
}

internal sealed class RegisterUserHandler(IUserAccounts accounts) : IRequestHandler<RegisterUser, UserAccount>
{
    public Task<UserAccount> Handle(RegisterUser request, CancellationToken cancellationToken) =>
        accounts.RegisterAsync(request.Email!.Trim(), request.Password!, (request.FullName ?? request.Name)!.Trim(), cancellationToken);
}
