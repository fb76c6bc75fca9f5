using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

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
            .Must(url => string.IsNullOrWhiteSpace(url) || IsWebAddress(url.Trim()))
            .WithMessage("This must be an absolute http or https address, or empty for none.");
    }

    private static bool IsWebAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.Host.Length > 0
        && !url.Any(char.IsControl);
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
