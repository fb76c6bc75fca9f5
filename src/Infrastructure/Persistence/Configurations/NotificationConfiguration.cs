using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class NotificationEndpointConfiguration : IEntityTypeConfiguration<NotificationEndpoint>
{
    public void Configure(EntityTypeBuilder<NotificationEndpoint> builder)
    {
        builder.ToTable("notification_endpoints");
        builder.Ignore(endpoint => endpoint.DomainEvents);
        builder.Property(endpoint => endpoint.Id).ValueGeneratedNever();
        builder.Property(endpoint => endpoint.Url).HasMaxLength(NotificationEndpoint.UrlMaxLength);
        builder.Property(endpoint => endpoint.Description).HasMaxLength(NotificationEndpoint.DescriptionMaxLength);
        builder.Property(endpoint => endpoint.AgentId).HasMaxLength(NotificationEndpoint.AgentIdMaxLength);
        HoldWords(builder.Property(endpoint => endpoint.EventTypes));
        HoldWords(builder.Property(endpoint => endpoint.Statuses));
        builder.HasOne<ApplicationUser>().WithMany().HasForeignKey(endpoint => endpoint.OwnerId).OnDelete(DeleteBehavior.Cascade);

        // The filters' words are the columns' names and values. The settings behind these two kinds have one value each.
        builder.HasIndex(endpoint => new { endpoint.OwnerId, endpoint.CreatedAt });
        builder.HasIndex(endpoint => endpoint.OwnerId).IsUnique().HasFilter("kind = 'account'");
        builder.HasIndex(endpoint => endpoint.Kind).IsUnique().HasFilter("kind = 'server'");
    }

    /// <summary>Words have no commas in them.</summary>
    private static void HoldWords(PropertyBuilder<IReadOnlyList<string>> property) => property.HasConversion(
        words => string.Join(',', words),
        text => text.Split(',', StringSplitOptions.RemoveEmptyEntries),
        new ValueComparer<IReadOnlyList<string>>(
            (left, right) => (left ?? Array.Empty<string>()).SequenceEqual(right ?? Array.Empty<string>()),
            words => string.Join(',', words).GetHashCode(StringComparison.Ordinal),
            words => words.ToArray()));
}

internal sealed class NotificationConfiguration : IEntityTypeConfiguration<Notification>
{
    public void Configure(EntityTypeBuilder<Notification> builder)
    {
        builder.ToTable("notifications");
        builder.Ignore(notification => notification.WebhookId);
        builder.Property(notification => notification.Id).ValueGeneratedNever();
        builder.Property(notification => notification.Type).HasMaxLength(Notification.TypeMaxLength);
        builder.Property(notification => notification.AgentKey).HasMaxLength(Agent.KeyMaxLength);
        builder.Property(notification => notification.Status).HasMaxLength(Notification.StatusMaxLength);
    }
}

internal sealed class NotificationDeliveryConfiguration : IEntityTypeConfiguration<NotificationDelivery>
{
    private const string IsPending = "state = 'pending'";

    public void Configure(EntityTypeBuilder<NotificationDelivery> builder)
    {
        builder.ToTable("notification_deliveries");
        builder.Property(delivery => delivery.Id).ValueGeneratedNever();
        builder.Property(delivery => delivery.EndpointUrl).HasMaxLength(NotificationEndpoint.UrlMaxLength);
        builder.Property(delivery => delivery.Fingerprint).HasMaxLength(NotificationDelivery.FingerprintMaxLength);
        builder.Property(delivery => delivery.LastError).HasMaxLength(NotificationDelivery.ErrorMaxLength);

        // No foreign keys: the log outlives an endpoint, and a notification goes after its last delivery.
        builder.HasIndex(delivery => new { delivery.EndpointId, delivery.NextAttemptAt }).HasFilter(IsPending);
        builder.HasIndex(delivery => new { delivery.EndpointId, delivery.OrderKey, delivery.Sequence }).HasFilter(IsPending);
        builder.HasIndex(delivery => new { delivery.EndpointId, delivery.Fingerprint, delivery.Id }).HasFilter("fingerprint IS NOT NULL");

        // The log, in the order of ids, which are times. Retention goes by the key for the same reason.
        builder.HasIndex(delivery => new { delivery.OwnerId, delivery.Id });
        builder.HasIndex(delivery => new { delivery.EndpointId, delivery.Id });
        builder.HasIndex(delivery => delivery.NotificationId);
    }
}

internal sealed class NotificationAttemptConfiguration : IEntityTypeConfiguration<NotificationAttempt>
{
    public void Configure(EntityTypeBuilder<NotificationAttempt> builder)
    {
        builder.ToTable("notification_attempts");
        builder.HasKey(attempt => new { attempt.DeliveryId, attempt.Number });
        builder.Property(attempt => attempt.Number).ValueGeneratedNever();
        builder.Property(attempt => attempt.Error).HasMaxLength(NotificationAttempt.ErrorMaxLength);
        builder.Property(attempt => attempt.Answer).HasMaxLength(NotificationAttempt.AnswerMaxLength);
    }
}

internal sealed class NotificationCursorConfiguration : IEntityTypeConfiguration<NotificationCursor>
{
    public void Configure(EntityTypeBuilder<NotificationCursor> builder)
    {
        builder.ToTable("notification_cursor");
        builder.Property(cursor => cursor.Id).ValueGeneratedNever();
    }
}

internal sealed class NotificationMuteConfiguration : IEntityTypeConfiguration<NotificationMute>
{
    public void Configure(EntityTypeBuilder<NotificationMute> builder)
    {
        builder.ToTable("notification_mutes");
        builder.HasKey(mute => new { mute.OwnerId, mute.SubjectId });
    }
}
