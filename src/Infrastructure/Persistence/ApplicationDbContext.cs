using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using StackAgent.Application.Audit;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Idempotency;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Events;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>The one database context. Its two descendants only say which provider's migrations are theirs.</summary>
public abstract class ApplicationDbContext(DbContextOptions options, IDomainEventDispatcher dispatcher, WriteGate gate, EventJournal journal)
    : DbContext(options), IApplicationDbContext
{
    private readonly PendingEvents _pending = new();

    public DbSet<Stack> Stacks => Set<Stack>();

    public DbSet<Agent> Agents => Set<Agent>();

    public DbSet<AgentRevision> AgentRevisions => Set<AgentRevision>();

    public DbSet<AgentActivity> AgentActivities => Set<AgentActivity>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<StatusReport> StatusReports => Set<StatusReport>();

    public DbSet<EventRecord> Events => Set<EventRecord>();

    public DbSet<NotificationEndpoint> NotificationEndpoints => Set<NotificationEndpoint>();

    public DbSet<Notification> Notifications => Set<Notification>();

    public DbSet<NotificationDelivery> NotificationDeliveries => Set<NotificationDelivery>();

    public DbSet<NotificationAttempt> NotificationAttempts => Set<NotificationAttempt>();

    public DbSet<NotificationCursor> NotificationCursors => Set<NotificationCursor>();

    public DbSet<NotificationMute> NotificationMutes => Set<NotificationMute>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<RefreshTokenFamily> RefreshTokenFamilies => Set<RefreshTokenFamily>();

    public DbSet<RefreshToken> RefreshTokens => Set<RefreshToken>();

    public DbSet<ApplicationUser> Accounts => Set<ApplicationUser>();

    public IQueryable<UserProfile> Users => Set<UserProfile>().AsNoTracking();

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (Database.CurrentTransaction is not null)
            return await SaveAsync(acceptAllChangesOnSuccess, cancellationToken);

        int written;
        using (await gate.EnterAsync(cancellationToken))
        {
            written = PendingEvents.AreIn(ChangeTracker)
                ? await SaveWithEventsAsync(acceptAllChangesOnSuccess, cancellationToken)
                : await SaveAsync(acceptAllChangesOnSuccess, cancellationToken);
        }

        await PublishEventsAsync();
        return written;
    }

    public async Task<T> InTransactionAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            T result;
            using (await gate.EnterAsync(cancellationToken))
            {
                await using var transaction = await Database.BeginTransactionAsync(cancellationToken);
                result = await work(cancellationToken);
                await CommitAsync(transaction, cancellationToken);
            }

            await PublishEventsAsync();
            return result;
        }
        finally
        {
            _pending.Clear();

            // Their locks are gone, so others may change these rows; a later transaction of the same context has to read them anew.
            ChangeTracker.Clear();
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        if (Database.IsSqlite())
            configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMicrosecondsConverter>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ApplicationDbContext).Assembly);
        modelBuilder.StoreEnumsAsText();
        modelBuilder.UseSnakeCaseNames();
    }

    /// <summary>What a save raised has to be written in its transaction, so there has to be one.</summary>
    private async Task<int> SaveWithEventsAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await Database.BeginTransactionAsync(cancellationToken);
            var written = await SaveAsync(acceptAllChangesOnSuccess: false, cancellationToken);
            await CommitAsync(transaction, cancellationToken);
            if (acceptAllChangesOnSuccess)
                ChangeTracker.AcceptAllChanges();
            return written;
        }
        catch
        {
            _pending.Clear();
            throw;
        }
    }

    private async Task<int> SaveAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken)
    {
        // Before the save: removed aggregates leave the tracker with it.
        var raised = _pending.TakeFrom(ChangeTracker);
        try
        {
            var written = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
            _pending.Keep(raised);
            return written;
        }
        catch (DbUpdateException exception) when (UniqueViolation.Find(exception) is { } violation)
        {
            throw new ConflictException(violation.Sentence);
        }
    }

    private async Task CommitAsync(IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        var events = _pending.Compose(journal.Now());
        if (events.Count > 0)
            await EventJournal.AppendAsync(transaction.GetDbTransaction(), events, cancellationToken);

        // From here on the caller's patience no longer matters: a commit cut short would leave its outcome unknown.
        await transaction.CommitAsync(CancellationToken.None);
        if (events.Count > 0)
            journal.Announce();
    }

    private Task PublishEventsAsync() => dispatcher.DispatchAsync(_pending.TakeRaised(), CancellationToken.None);
}

/// <summary>The context with SQLite's migrations.</summary>
public sealed class SqliteDbContext(
    DbContextOptions<SqliteDbContext> options, IDomainEventDispatcher dispatcher, WriteGate gate, EventJournal journal)
    : ApplicationDbContext(options, dispatcher, gate, journal);

/// <summary>The context with PostgreSQL's migrations.</summary>
public sealed class PostgreSqlDbContext(
    DbContextOptions<PostgreSqlDbContext> options, IDomainEventDispatcher dispatcher, WriteGate gate, EventJournal journal)
    : ApplicationDbContext(options, dispatcher, gate, journal);
