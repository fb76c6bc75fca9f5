using Microsoft.AspNetCore.Identity;
using StackAgent.Application.Accounts;
using StackAgent.Domain.Accounts;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>An account as ASP.NET Core Identity keeps it; the user name is the e-mail address.</summary>
public sealed class ApplicationUser : IdentityUser<Guid>
{
    public const int EmailMaxLength = EmailAddress.MaxLength;
    public const int FullNameMaxLength = UserAccount.FullNameMaxLength;
    public const int WebhookUrlMaxLength = UserAccount.WebhookUrlMaxLength;

    public string FullName { get; set; } = "";
    public bool IsActive { get; set; } = true;
    public string? NotificationWebhookUrl { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}
