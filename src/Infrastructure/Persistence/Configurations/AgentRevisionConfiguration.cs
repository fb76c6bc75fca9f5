using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class AgentRevisionConfiguration : IEntityTypeConfiguration<AgentRevision>
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public void Configure(EntityTypeBuilder<AgentRevision> builder)
    {
        builder.ToTable("agent_revisions");
        builder.HasKey(revision => new { revision.AgentId, revision.Number });
        builder.Ignore(revision => revision.EffectiveSettings);
        builder.Property(revision => revision.CodeDigest).HasMaxLength(AgentRevision.DigestLength);
        builder.Property(revision => revision.Note).HasMaxLength(AgentRevision.NoteMaxLength);
        builder.Property(revision => revision.FailureReason).HasMaxLength(Agent.ReasonMaxLength);
        builder.Property(revision => revision.FailureMessage).HasMaxLength(Agent.MessageMaxLength);
        HoldJson(builder.Property(revision => revision.CodeSettings));
        HoldJson(builder.Property(revision => revision.Settings));
        builder.HasOne<Agent>().WithMany().HasForeignKey(revision => revision.AgentId).OnDelete(DeleteBehavior.Cascade);
    }

    private static void HoldJson(PropertyBuilder<AgentSettings> property) => property.HasConversion(
        settings => JsonSerializer.Serialize(settings, Json),
        text => JsonSerializer.Deserialize<AgentSettings>(text, Json)!,
        new ValueComparer<AgentSettings>(
            (left, right) => ReferenceEquals(left, right) || JsonSerializer.Serialize(left, Json) == JsonSerializer.Serialize(right, Json),
            settings => JsonSerializer.Serialize(settings, Json).GetHashCode(StringComparison.Ordinal),
            settings => settings));
}
