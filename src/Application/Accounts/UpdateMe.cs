using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Accounts;

/// <summary>Changes the caller's account; what is null stays as it is.</summary>
/// <param name="FullName">1…255 characters.</param>
/// <param name="NotificationWebhookUrl">An http or https address that gets a message when a session changes; an empty text clears it.</param>
public sealed record UpdateMe(string? FullName, string? NotificationWebhookUrl) : IRequest<UserAccount>;

internal sealed class UpdateMeValidator : AbstractValidator<UpdateMe>
{
    public UpdateMeValidator()
    {
        When(request => request.FullName is not null, () => RuleFor(request => request.FullName).RequiredText(UserAccount.FullNameMaxLength));
        RuleFor(request => request.NotificationWebhookUrl).Cascade(CascadeMode.Stop)
            .OptionalText(UserAccount.WebhookUrlMaxLength)
            .Custom((url, context) =>
            {
                // Whether it is a public address is seen when it is sent to: the contract takes any.
                if (!string.IsNullOrWhiteSpace(url) && WebhookUrl.FindFault(url.Trim(), allowPrivate: true) is { } fault)
                    context.AddFailure(fault);
            });
    }
}

internal sealed class UpdateMeHandler(IUserAccounts accounts, ICurrentUser caller) : IRequestHandler<UpdateMe, UserAccount>
{
    public async Task<UserAccount> Handle(UpdateMe request, CancellationToken cancellationToken)
    {
        Optional<string> url = request.NotificationWebhookUrl?.Trim() switch
        {
            null => default,
            "" => new Optional<string>(value: null),
            var given => given,
        };
        return await accounts.UpdateAsync(caller.Id, request.FullName?.Trim(), url, cancellationToken)
            ?? throw new NotFoundException("This account no longer exists.");
    }
}
