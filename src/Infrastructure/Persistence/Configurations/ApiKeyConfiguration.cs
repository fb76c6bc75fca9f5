using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class ApiKeyConfiguration : IEntityTypeConfiguration<ApiKey>
{
    private const int ScopesMaxLength = 100;

    public void Configure(EntityTypeBuilder<ApiKey> builder)
    {
        builder.ToTable("api_keys");
        builder.Ignore(key => key.DomainEvents);
        builder.Property(key => key.Id).ValueGeneratedNever();
        builder.Property(key => key.Name).HasMaxLength(ApiKey.NameMaxLength);
        builder.Property(key => key.Hash).HasMaxLength(Secret.HashLength);
        builder.Property(key => key.Prefix).HasMaxLength(Secret.VisibleLength);
        builder.Property(key => key.Scopes)
            .HasMaxLength(ScopesMaxLength)
            .HasConversion(
                scopes => string.Join(',', scopes.ToNames()),
                names => ApiKeyScopeNames.Parse(names.Split(',', StringSplitOptions.None)));
        builder.HasOne<ApplicationUser>().WithMany().HasForeignKey(key => key.OwnerId).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<Agent>().WithMany().HasForeignKey(key => key.AgentId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(key => key.Hash).IsUnique();
        builder.HasIndex(key => new { key.OwnerId, key.CreatedAt });

        // One key in force for an agent, however many servers issue it at once. The filter's words are the columns' names.
        builder.HasIndex(key => key.AgentId).IsUnique().HasFilter("revoked_at IS NULL AND agent_id IS NOT NULL");
    }
}
