using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NSubstitute;
using StackAgent.Application.Common.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests;

/// <summary>A PostgreSQL that is there and says "not yet", as one does that recovers or has no connection to spare.</summary>
public sealed class BusyDatabaseTests
{
    [Test]
    public async Task Migrate_WhenTheDatabaseHasNoConnectionToSpare_WaitsAndSaysSo()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        var limited = await LimitConnectionsAsync(database.Options.ConnectionString, limit: 2);
        var waits = new TaskCompletionSource();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new Listener(waits)))
            .AddPersistence(database.Options with { ConnectionString = limited })
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        Task migration;
        await using (var first = await OpenAsync(limited))
        await using (var second = await OpenAsync(limited))
        {
            migration = scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
            await Task.WhenAny(waits.Task, migration);
            Assert.That(migration.IsCompleted, Is.False);
        }

        await migration;
        Assert.That(await scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Database.GetPendingMigrationsAsync(), Is.Empty);
        NpgsqlConnection.ClearAllPools();
    }

    [Test]
    public async Task Migrate_WhenNobodyListens_WaitsAndGivesUpInTime()
    {
        var time = new ManualTimeProvider();
        var waits = new TaskCompletionSource();
        var options = new DatabaseOptions(DatabaseProvider.PostgreSql, $"Host=127.0.0.1;Port={ServerProcess.FreePort()};Username=nobody;Database=nothing");
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new Listener(waits)))
            .AddSingleton<TimeProvider>(time)
            .AddPersistence(options)
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var migration = scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        await Task.WhenAny(waits.Task, migration);
        Assert.That(migration.IsCompleted, Is.False);

        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return migration.IsCompleted;
            },
            "the server to give up");
        Assert.That(async () => await migration, Throws.InstanceOf<NpgsqlException>());
        Assert.That(time.GetElapsedTime(new ManualTimeProvider().GetTimestamp()), Is.GreaterThanOrEqualTo(options.StartPatience));
    }

    /// <summary>A connection string of a user with so many connections, to whom the database belongs.</summary>
    private static async Task<string> LimitConnectionsAsync(string connectionString, int limit)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var user = $"limited_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"CREATE ROLE {user} LOGIN CONNECTION LIMIT {limit}; ALTER DATABASE \"{settings.Database}\" OWNER TO {user}; ALTER SCHEMA public OWNER TO {user}",
            connection);
        await command.ExecuteNonQueryAsync();
        settings.Username = user;
        return settings.ConnectionString;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private sealed class Listener(TaskCompletionSource waits) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning && formatter(state, exception).StartsWith("Waiting for the database", StringComparison.Ordinal))
                waits.TrySetResult();
        }

        public void Dispose()
        {
        }
    }
}
