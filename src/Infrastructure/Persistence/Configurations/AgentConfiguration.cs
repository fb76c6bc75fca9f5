using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class AgentConfiguration : IEntityTypeConfiguration<Agent>
{
    public void Configure(EntityTypeBuilder<Agent> builder)
    {
        builder.ToTable("agents");
        builder.Ignore(agent => agent.DomainEvents);
        builder.Property(agent => agent.Id).ValueGeneratedNever();
        builder.Property(agent => agent.Key).HasMaxLength(Agent.KeyMaxLength);
        builder.Property(agent => agent.Name).HasMaxLength(Agent.NameMaxLength);
        builder.Property(agent => agent.Description).HasMaxLength(Agent.DescriptionMaxLength);
        builder.Property(agent => agent.Source).HasMaxLength(Agent.ReportedTextMaxLength);
        builder.Property(agent => agent.StatusReason).HasMaxLength(Agent.ReasonMaxLength);
        builder.Property(agent => agent.StatusMessage).HasMaxLength(Agent.MessageMaxLength);
        builder.Property(agent => agent.RollbackMessage).HasMaxLength(Agent.MessageMaxLength);

        // Agents that register themselves are inserted by SQL that doesn't know these.
        builder.Property(agent => agent.LastRevision).HasDefaultValue(0).ValueGeneratedNever();
        builder.Property(agent => agent.Rollout).HasDefaultValue(0).ValueGeneratedNever();
        builder.Property(agent => agent.Restarts).HasDefaultValue(0).ValueGeneratedNever();
        builder.Property(agent => agent.AutoRollback).HasDefaultValue(true).ValueGeneratedNever();
        builder.Property(agent => agent.Version).HasDefaultValue(1).ValueGeneratedNever();
        builder.HasOne<ApplicationUser>().WithMany().HasForeignKey(agent => agent.OwnerId).OnDelete(DeleteBehavior.Restrict);

        // A stack's row goes last, after the runtime and the disk have let go of its agents.
        builder.HasOne<Stack>().WithMany().HasForeignKey(agent => agent.StackId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(agent => new { agent.OwnerId, agent.Key }).IsUnique();
        builder.HasIndex(agent => new { agent.StackId, agent.Name }).IsUnique();
        builder.HasIndex(agent => agent.Status);
        builder.HasOne(agent => agent.Activity).WithOne().HasForeignKey<AgentActivity>(activity => activity.AgentId).OnDelete(DeleteBehavior.Cascade);
        builder.Navigation(agent => agent.Activity).IsRequired();
    }
}

internal sealed class AgentActivityConfiguration : IEntityTypeConfiguration<AgentActivity>
{
    public void Configure(EntityTypeBuilder<AgentActivity> builder)
    {
        builder.ToTable("agent_activity");
        builder.HasKey(activity => activity.AgentId);
        builder.Property(activity => activity.AgentId).ValueGeneratedNever();
        builder.Property(activity => activity.LatestMessage).HasMaxLength(StatusReport.MessageMaxLength);
        builder.HasIndex(activity => new { activity.OwnerId, activity.LastActivitySecond, activity.AgentId });
    }
}
