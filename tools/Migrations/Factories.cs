using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using StackAgent.Application.Common.Events;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;

return;

/// <summary>What dotnet-ef uses to see the model as SQLite will.</summary>
internal sealed class SqliteFactory : IDesignTimeDbContextFactory<SqliteDbContext>
{
    public SqliteDbContext CreateDbContext(string[] args) => new(
        new DbContextOptionsBuilder<SqliteDbContext>().UseSqlite("Data Source=:memory:").Options, new NoEvents(), new WriteGate(oneWriter: false), Journal.None);
}

/// <summary>What dotnet-ef uses to see the model as PostgreSQL will.</summary>
internal sealed class PostgreSqlFactory : IDesignTimeDbContextFactory<PostgreSqlDbContext>
{
    public PostgreSqlDbContext CreateDbContext(string[] args) => new(
        new DbContextOptionsBuilder<PostgreSqlDbContext>().UseNpgsql("Host=localhost").Options, new NoEvents(), new WriteGate(oneWriter: false), Journal.None);
}

internal static class Journal
{
    public static EventJournal None { get; } = new(new NoSignal(), TimeProvider.System);
}

internal sealed class NoSignal : IEventSignal
{
    public void Set()
    {
        // Nobody listens at design time.
    }
}

internal sealed class NoEvents : IDomainEventDispatcher
{
    public Task DispatchAsync(IReadOnlyList<IDomainEvent> events, CancellationToken cancellationToken) => Task.CompletedTask;
}
