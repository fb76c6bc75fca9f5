using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Domain.Accounts;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class RefreshTokenFamilyConfiguration : IEntityTypeConfiguration<RefreshTokenFamily>
{
    public void Configure(EntityTypeBuilder<RefreshTokenFamily> builder)
    {
        builder.ToTable("refresh_token_families");
        builder.Ignore(family => family.DomainEvents);
        builder.Property(family => family.Id).ValueGeneratedNever();
        builder.Property(family => family.Address).HasMaxLength(LoginOrigin.AddressMaxLength);
        builder.Property(family => family.UserAgent).HasMaxLength(LoginOrigin.UserAgentMaxLength);
        builder.HasOne<ApplicationUser>().WithMany().HasForeignKey(family => family.UserId).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(family => family.Tokens).WithOne().HasForeignKey(token => token.FamilyId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(family => family.UserId);
        builder.HasIndex(family => family.ExpiresAt);
    }
}

internal sealed class RefreshTokenConfiguration : IEntityTypeConfiguration<RefreshToken>
{
    public void Configure(EntityTypeBuilder<RefreshToken> builder)
    {
        builder.ToTable("refresh_tokens");
        builder.Property(token => token.Id).ValueGeneratedNever();
        builder.Property(token => token.Hash).HasMaxLength(Secret.HashLength);
        builder.HasIndex(token => token.Hash).IsUnique();
        builder.HasIndex(token => token.FamilyId);
    }
}
