using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class StackConfiguration : IEntityTypeConfiguration<Stack>
{
    public void Configure(EntityTypeBuilder<Stack> builder)
    {
        builder.ToTable("stacks");
        builder.Ignore(stack => stack.DomainEvents);
        builder.Ignore(stack => stack.Namespace);
        builder.Property(stack => stack.Id).ValueGeneratedNever();
        builder.Property(stack => stack.Name).HasMaxLength(Stack.NameMaxLength);
        builder.Property(stack => stack.Description).HasMaxLength(Stack.DescriptionMaxLength);
        builder.Property(stack => stack.StatusReason).HasMaxLength(Stack.ReasonMaxLength);
        builder.Property(stack => stack.StatusMessage).HasMaxLength(Stack.MessageMaxLength);
        builder.Property(stack => stack.Version).HasDefaultValue(1).ValueGeneratedNever();
        builder.HasOne<ApplicationUser>().WithMany().HasForeignKey(stack => stack.OwnerId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(stack => new { stack.OwnerId, stack.CreatedAt, stack.Id });
        builder.HasIndex(stack => stack.Status);
    }
}
