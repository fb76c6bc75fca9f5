using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Application.Common.Persistence;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class ApplicationUserConfiguration : IEntityTypeConfiguration<ApplicationUser>
{
    public void Configure(EntityTypeBuilder<ApplicationUser> builder)
    {
        builder.ToTable("users");
        builder.Ignore(user => user.PhoneNumber);
        builder.Ignore(user => user.PhoneNumberConfirmed);
        builder.Ignore(user => user.TwoFactorEnabled);
        builder.Ignore(user => user.EmailConfirmed);
        builder.Property(user => user.Id).ValueGeneratedNever();
        builder.Property(user => user.FullName).HasMaxLength(ApplicationUser.FullNameMaxLength);
        builder.Property(user => user.Email).HasMaxLength(ApplicationUser.EmailMaxLength).IsRequired();
        builder.Property(user => user.NormalizedEmail).HasMaxLength(ApplicationUser.EmailMaxLength).IsRequired();
        builder.Property(user => user.UserName).HasMaxLength(ApplicationUser.EmailMaxLength).IsRequired();
        builder.Property(user => user.NormalizedUserName).HasMaxLength(ApplicationUser.EmailMaxLength).IsRequired();
        builder.Property(user => user.NotificationWebhookUrl).HasMaxLength(ApplicationUser.WebhookUrlMaxLength);
        builder.Property(user => user.ConcurrencyStamp).IsConcurrencyToken();
        builder.HasIndex(user => user.NormalizedEmail).IsUnique();
        builder.HasIndex(user => user.NormalizedUserName).IsUnique();
    }
}

/// <summary>The same table, read only, for what other features may see of an account.</summary>
internal sealed class UserProfileConfiguration : IEntityTypeConfiguration<UserProfile>
{
    public void Configure(EntityTypeBuilder<UserProfile> builder) => builder.ToView("users");
}
