using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Application.Audit;
using StackAgent.Application.Common.Idempotency;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class AuditConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit_entries");
        builder.Property(entry => entry.Id).ValueGeneratedNever();
        builder.Property(entry => entry.Action).HasMaxLength(AuditEntry.ActionMaxLength);
        builder.Property(entry => entry.ResourceType).HasMaxLength(AuditEntry.ResourceTypeMaxLength);
        builder.Property(entry => entry.ResourceId).HasMaxLength(AuditEntry.ResourceIdMaxLength);
        builder.Property(entry => entry.ResourceName).HasMaxLength(AuditEntry.ResourceNameMaxLength);
        builder.Property(entry => entry.Detail).HasMaxLength(AuditEntry.DetailMaxLength);
        builder.Property(entry => entry.Address).HasMaxLength(AuditEntry.AddressMaxLength);
        builder.Property(entry => entry.TraceId).HasMaxLength(AuditEntry.TraceIdMaxLength);

        // No foreign keys: the trail outlives what it tells of.
        builder.HasIndex(entry => new { entry.OwnerId, entry.Id });
        builder.HasIndex(entry => new { entry.OwnerId, entry.ResourceType, entry.ResourceId, entry.Id });
        builder.HasIndex(entry => new { entry.StackId, entry.Id });
    }
}

internal sealed class IdempotencyConfiguration : IEntityTypeConfiguration<IdempotencyRecord>
{
    public void Configure(EntityTypeBuilder<IdempotencyRecord> builder)
    {
        builder.ToTable("idempotency_records");
        builder.HasKey(record => new { record.OwnerId, record.Key });
        builder.Property(record => record.Key).HasMaxLength(IdempotencyRecord.KeyMaxLength);
        builder.Property(record => record.Target).HasMaxLength(IdempotencyRecord.TargetMaxLength);
        builder.Property(record => record.Fingerprint).HasMaxLength(IdempotencyRecord.FingerprintLength);
        builder.HasIndex(record => record.CreatedAt);
    }
}
