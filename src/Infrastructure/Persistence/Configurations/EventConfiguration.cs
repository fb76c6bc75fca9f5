using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class EventConfiguration : IEntityTypeConfiguration<EventRecord>
{
    public void Configure(EntityTypeBuilder<EventRecord> builder)
    {
        builder.ToTable("events");
        builder.Property(record => record.Type).HasMaxLength(EventRecord.TypeMaxLength);
        builder.Property(record => record.AgentKey).HasMaxLength(Agent.KeyMaxLength);
        builder.HasIndex(record => new { record.OwnerId, record.Id });
    }
}
