using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> builder)
    {
        builder.ToTable("sessions");
        builder.Ignore(session => session.DomainEvents);
        builder.Ignore(session => session.Duration);
        builder.Property(session => session.Id).ValueGeneratedNever();
        builder.Property(session => session.Topic).HasMaxLength(Session.TopicMaxLength);
        builder.Property(session => session.LastMessage).HasMaxLength(StatusReport.MessageMaxLength);

        // A session is nothing without its agent, and goes with the agent's row.
        builder.HasOne<Agent>().WithMany().HasForeignKey(session => session.AgentId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(session => new { session.AgentId, session.Topic }).IsUnique();
        builder.HasIndex(session => new { session.AgentId, session.LastUpdated, session.Id });
        builder.HasIndex(session => new { session.AgentId, session.ExpiresAt });
    }
}

internal sealed class StatusReportConfiguration : IEntityTypeConfiguration<StatusReport>
{
    public void Configure(EntityTypeBuilder<StatusReport> builder)
    {
        builder.ToTable("status_reports");
        builder.Property(report => report.Id).ValueGeneratedNever();
        builder.Property(report => report.Message).HasMaxLength(StatusReport.MessageMaxLength);
        builder.Property(report => report.Content).HasMaxLength(StatusReport.ContentMaxLength);
        builder.Property(report => report.EventId).HasMaxLength(StatusReport.EventIdMaxLength);

        // The agent's id is repeated for the two indexes that start with it; the session's row vouches for it.
        builder.HasOne<Session>().WithMany().HasForeignKey(report => report.SessionId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(report => new { report.SessionId, report.Sequence }).IsUnique();
        builder.HasIndex(report => new { report.AgentId, report.ReceivedAt, report.Id });
        builder.HasIndex(report => new { report.AgentId, report.EventId }).IsUnique().HasFilter("event_id IS NOT NULL");
    }
}
