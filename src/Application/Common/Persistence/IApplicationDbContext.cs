using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Audit;
using StackAgent.Application.Common.Idempotency;
using StackAgent.Application.Events;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Common.Persistence;

/// <summary>The database as use cases see it: commands load aggregates from it, queries project from it.</summary>
public interface IApplicationDbContext
{
    DbSet<Stack> Stacks { get; }

    DbSet<Agent> Agents { get; }

    DbSet<AgentRevision> AgentRevisions { get; }

    /// <summary>One for each agent, and the lock on its sessions: whoever changes them, or removes the agent, takes this row first.</summary>
    DbSet<AgentActivity> AgentActivities { get; }

    DbSet<Session> Sessions { get; }

    DbSet<StatusReport> StatusReports { get; }

    DbSet<EventRecord> Events { get; }

    DbSet<NotificationEndpoint> NotificationEndpoints { get; }

    DbSet<Notification> Notifications { get; }

    DbSet<NotificationDelivery> NotificationDeliveries { get; }

    DbSet<NotificationAttempt> NotificationAttempts { get; }

    /// <summary>One row, which whoever turns events into notifications takes first.</summary>
    DbSet<NotificationCursor> NotificationCursors { get; }

    DbSet<NotificationMute> NotificationMutes { get; }

    /// <summary>Append-only.</summary>
    DbSet<AuditEntry> AuditEntries { get; }

    DbSet<IdempotencyRecord> IdempotencyRecords { get; }

    DbSet<ApiKey> ApiKeys { get; }

    DbSet<RefreshTokenFamily> RefreshTokenFamilies { get; }

    DbSet<RefreshToken> RefreshTokens { get; }

    /// <summary>Read-only: accounts are written through their own use cases.</summary>
    IQueryable<UserProfile> Users { get; }

    /// <summary>Saves the tracked changes. A violated unique index becomes a <see cref="Domain.Common.ConflictException"/> with a sentence for the user.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction, in which rows read with <see cref="QueryExtensions.ForUpdate{T}"/> stay locked.
    /// Domain events are dispatched after the commit; when <paramref name="work"/> throws, nothing of it stays.
    /// Either way nothing is tracked afterwards.
    /// </summary>
    Task<T> InTransactionAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken);
}
