using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Infrastructure.Audit;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class AuditHorizonConfiguration : IEntityTypeConfiguration<AuditHorizon>
{
    public void Configure(EntityTypeBuilder<AuditHorizon> builder)
    {
        builder.ToTable("audit_horizon");
        builder.Property(horizon => horizon.Id).ValueGeneratedNever();
        builder.HasData(new AuditHorizon());
    }
}
