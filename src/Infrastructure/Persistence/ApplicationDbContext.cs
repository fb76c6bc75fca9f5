using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>The one database context. Its two descendants only say which provider's migrations are theirs.</summary>
public abstract class ApplicationDbContext(DbContextOptions options, IDomainEventDispatcher dispatcher, WriteGate gate)
    : DbContext(options), IApplicationDbContext
{
    public DbSet<Stack> Stacks => Set<Stack>();

    public DbSet<Agent> Agents => Set<Agent>();

    public DbSet<AgentActivity> AgentActivities => Set<AgentActivity>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<StatusReport> StatusReports => Set<StatusReport>();

    public DbSet<EventRecord> Events => Set<EventRecord>();

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
            written = await SaveAsync(acceptAllChangesOnSuccess, cancellationToken);

        await DispatchEventsAsync();
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

                // From here on the caller's patience no longer matters: a commit cut short would leave its outcome unknown.
                await transaction.CommitAsync(CancellationToken.None);
            }

            await DispatchEventsAsync();
            return result;
        }
        finally
        {
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

    private async Task<int> SaveAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        }
        catch (DbUpdateException exception) when (UniqueViolation.Find(exception) is { } violation)
        {
            throw new ConflictException(violation.Sentence);
        }
    }

    private async Task DispatchEventsAsync()
    {
        var aggregates = ChangeTracker.Entries<AggregateRoot>().Select(entry => entry.Entity).Where(a => a.DomainEvents.Count > 0).ToList();
        var events = aggregates.SelectMany(aggregate => aggregate.DomainEvents).ToList();
        foreach (var aggregate in aggregates)
            aggregate.ClearDomainEvents();

        await dispatcher.DispatchAsync(events, CancellationToken.None);
    }
}

/// <summary>The context with SQLite's migrations.</summary>
public sealed class SqliteDbContext(DbContextOptions<SqliteDbContext> options, IDomainEventDispatcher dispatcher, WriteGate gate)
    : ApplicationDbContext(options, dispatcher, gate);

/// <summary>The context with PostgreSQL's migrations.</summary>
public sealed class PostgreSqlDbContext(DbContextOptions<PostgreSqlDbContext> options, IDomainEventDispatcher dispatcher, WriteGate gate)
    : ApplicationDbContext(options, dispatcher, gate);
