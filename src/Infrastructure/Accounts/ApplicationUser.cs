using Microsoft.AspNetCore.Identity;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>An account as ASP.NET Core Identity keeps it; the user name is the e-mail address.</summary>
public sealed class ApplicationUser : IdentityUser<Guid>
{
    public const int EmailMaxLength = 255;
    public const int FullNameMaxLength = 255;
    public const int WebhookUrlMaxLength = 2000;

    public string FullName { get; set; } = "";
    public bool IsActive { get; set; } = true;
    public string? NotificationWebhookUrl { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}
