using System.Globalization;
using FluentValidation;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Notifications.Mutes;

/// <summary>Whether notifications about an agent or a stack are held back.</summary>
/// <param name="Muted">Whether they are now.</param>
/// <param name="Until">To when; null: they aren't.</param>
/// <param name="By">What is muted: the agent, or the stack with its agents. Of both the one that lasts longer; null: nothing is.</param>
public sealed record MuteDto(bool Muted, DateTimeOffset? Until, MuteSubject? By)
{
    internal static MuteDto None { get; } = new(Muted: false, null, null);

    internal static MuteDto From(NotificationMute? mute) => mute is null ? None : new MuteDto(Muted: true, mute.Until, mute.Subject);
}

internal static class MuteRules
{
    public static void Ahead<T>(this IRuleBuilderInitial<T, DateTimeOffset?> rule, TimeProvider time) => rule
        .Cascade(CascadeMode.Stop)
        .NotNull().WithMessage("This field is required: the moment at which notifications are sent again.")
        .Must(until => until > time.GetUtcNow()).WithMessage("This moment has passed already.")
        .Must(until => until <= time.GetUtcNow() + NotificationMute.Longest).WithMessage("This moment can be at most a year ahead.");

    /// <summary>Mutes, or moves the end of the mute. The caller holds the lock on the subject's row, and saves.</summary>
    public static async Task<NotificationMute> SetMuteAsync(
        this IApplicationDbContext db, Guid ownerId, MuteSubject subject, Guid subjectId, DateTimeOffset until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // What both databases can hold, so that it is read back as it is answered now.
        until = new DateTimeOffset(until.UtcTicks - (until.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        var mute = await db.NotificationMutes.SingleOrDefaultAsync(
            known => known.OwnerId == ownerId && known.SubjectId == subjectId, cancellationToken);
        if (mute is not null)
        {
            mute.Until = until;
            return mute;
        }

        mute = new NotificationMute { OwnerId = ownerId, SubjectId = subjectId, Subject = subject, Until = until, CreatedAt = now };
        db.NotificationMutes.Add(mute);
        return mute;
    }

    /// <summary>For the audit trail.</summary>
    public static string Until(NotificationMute mute) => $"Until {mute.Until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}.";

    public static NotFoundException AgentNotFound() => new("There is no such agent.");

    public static NotFoundException StackNotFound() => new("There is no such stack.");
}
