using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.StatusLog;

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

        // What every report changes is in no index, so that PostgreSQL needn't touch them (a HOT update): hence the second and the check.
        builder.HasIndex(session => new { session.AgentId, session.LastUpdatedSecond });
        builder.HasIndex(session => session.ExpiryCheckAt).HasFilter("expired_at IS NULL");
    }
}

internal sealed class StatusReportConfiguration : IEntityTypeConfiguration<StatusReport>
{
    public void Configure(EntityTypeBuilder<StatusReport> builder)
    {
        builder.ToTable("status_reports");
        builder.HasKey(report => new { report.SessionId, report.Sequence });
        builder.Property(report => report.Message).HasMaxLength(StatusReport.MessageMaxLength);
        builder.Property(report => report.Content).HasMaxLength(StatusReport.ContentMaxLength);
        builder.Property(report => report.EventId).HasMaxLength(StatusReport.EventIdMaxLength);

        // No foreign key to the session: checking it for each report would cost a good part of the report itself. Who writes a report holds
        // the lock on its agent's activity, as does who removes a session, and a removed session's reports go with its SessionRemoval.
        // The agent's id is repeated for the two indexes that start with it.
        builder.HasIndex(report => new { report.AgentId, report.ReceivedAt });
        builder.HasIndex(report => new { report.AgentId, report.EventId }).IsUnique().HasFilter("event_id IS NOT NULL");
    }
}

internal sealed class SessionRemovalConfiguration : IEntityTypeConfiguration<SessionRemoval>
{
    public void Configure(EntityTypeBuilder<SessionRemoval> builder)
    {
        builder.ToTable("session_removals");
        builder.HasKey(removal => removal.SessionId);
        builder.Property(removal => removal.SessionId).ValueGeneratedNever();
    }
}
