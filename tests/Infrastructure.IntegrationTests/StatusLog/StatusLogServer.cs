using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using NSubstitute;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Notifications.FanOut;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Sessions;
using StackAgent.Infrastructure.Sessions.Expiry;
using StackAgent.Infrastructure.Sessions.Retention;
using StackAgent.Infrastructure.StatusLog;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.StatusLog;

/// <summary>What a server has for status reports: the database, the log and its writer. Several of them share one database.</summary>
internal sealed class StatusLogServer : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public StatusLogServer(
        DatabaseOptions database, StatusLogOptions? options = null, TimeProvider? time = null, RetentionOptions? retention = null)
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .AddPersistence(database)
            .AddStatusLog(options ?? new StatusLogOptions())
            .AddSessionUpkeep(retention ?? RetentionOptions.Default)
            .AddNotificationFanOut()
            .BuildServiceProvider(validateScopes: true);
        Log = _services.GetRequiredService<IStatusLog>();
        Writer = _services.GetRequiredService<GroupCommitStatusLog>();
        Sweeper = _services.GetRequiredService<ExpirySweeper>();
        Cleaner = _services.GetRequiredService<HistoryCleaner>();
        FanOut = _services.GetRequiredService<NotificationFanOut>();
    }

    public IStatusLog Log { get; }

    public IHostedService Writer { get; }

    public ExpirySweeper Sweeper { get; }

    public HistoryCleaner Cleaner { get; }

    public NotificationFanOut FanOut { get; }

    public static async Task<StatusLogServer> StartAsync(
        DatabaseOptions database, StatusLogOptions? options = null, TimeProvider? time = null, RetentionOptions? retention = null)
    {
        var server = new StatusLogServer(database, options, time, retention);
        await server.Writer.StartAsync(CancellationToken.None);
        return server;
    }

    public static StatusReportEntry Entry(
        Guid ownerId,
        string agent,
        string topic,
        SessionStatus status = SessionStatus.Running,
        string? message = null,
        string? eventId = null,
        Guid? boundTo = null,
        int ttl = 0) =>
        new(ownerId, boundTo, agent, AgentName: null, AgentSource: null, topic, new ReportContent(status, message, TtlMinutes: ttl, EventId: eventId));

    public async Task<Exception?> ReportAsync(StatusReportEntry entry) => (await Log.AppendAsync([entry], CancellationToken.None))[0].Failure;

    /// <summary>As a request does it: a scope of its own.</summary>
    public async Task<TResult> WithAsync<TService, TResult>(Func<TService, Task<TResult>> use)
        where TService : notnull
    {
        await using var scope = _services.CreateAsyncScope();
        return await use(scope.ServiceProvider.GetRequiredService<TService>());
    }

    public async Task<T> QueryAsync<T>(Func<ApplicationDbContext, Task<T>> query)
    {
        await using var scope = _services.CreateAsyncScope();
        return await query(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }

    public Task ExecuteAsync(string sql) => QueryAsync(database => database.Database.ExecuteSqlRawAsync(sql));

    public async Task CreateSchemaAsync()
    {
        await using var scope = _services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
    }

    public Task<Guid> AddOwnerAsync() => QueryAsync(async database =>
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = new ApplicationUser
        {
            Id = Guid.CreateVersion7(),
            Email = email,
            NormalizedEmail = email.ToUpperInvariant(),
            UserName = email,
            NormalizedUserName = email.ToUpperInvariant(),
            FullName = "Owner",
        };
        database.Accounts.Add(user);
        await database.SaveChangesAsync();
        return user.Id;
    });

    /// <summary>Removes an agent as use cases do.</summary>
    public async Task<bool> RemoveAgentAsync(Guid agentId)
    {
        await using var scope = _services.CreateAsyncScope();
        var removal = scope.ServiceProvider.GetRequiredService<ISessionRemoval>();
        return await scope.ServiceProvider.GetRequiredService<IApplicationDbContext>()
            .InTransactionAsync(token => removal.RemoveAgentAsync(agentId, token), CancellationToken.None);
    }

    /// <summary>Removes a session as use cases do.</summary>
    public async Task<bool> RemoveSessionAsync(Session session)
    {
        await using var scope = _services.CreateAsyncScope();
        var removal = scope.ServiceProvider.GetRequiredService<ISessionRemoval>();
        return await scope.ServiceProvider.GetRequiredService<IApplicationDbContext>()
            .InTransactionAsync(token => removal.RemoveSessionAsync(session.AgentId, session.Id, token), CancellationToken.None);
    }

    public Task<List<Session>> SessionsAsync() => QueryAsync(database => database.Sessions.AsNoTracking().OrderBy(session => session.Topic).ToListAsync());

    public Task<List<EventRecord>> EventsAsync(string type) => QueryAsync(database =>
        database.Events.AsNoTracking().Where(record => record.Type == type).OrderBy(record => record.Id).ToListAsync());

    public Task<AgentActivity> ActivityAsync(string agent) => QueryAsync(database =>
        database.Agents.AsNoTracking().Where(row => row.Key == agent).Select(row => row.Activity!).SingleAsync());

    public Task<List<StatusReport>> ReportsAsync() => QueryAsync(database => database.StatusReports.AsNoTracking().ToListAsync());

    /// <summary>How many deadlocks PostgreSQL has seen in this database. The writers have to be stopped before.</summary>
    public async Task<long> CountDeadlocksAsync()
    {
        if (await QueryAsync(database => Task.FromResult(database.Database.IsSqlite())))
            return 0; // One writer at a time.

        // A connection's statistics are told at its end at the latest.
        NpgsqlConnection.ClearAllPools();
        await Eventually.TrueAsync(
            async () => await ScalarAsync("SELECT count(*) AS \"Value\" FROM pg_stat_activity WHERE datname = current_database()") == 1,
            "the writers' connections to end");
        return await ScalarAsync("SELECT pg_stat_get_db_deadlocks(oid) AS \"Value\" FROM pg_database WHERE datname = current_database()");

        Task<long> ScalarAsync(string sql) => QueryAsync(database => database.Database.SqlQueryRaw<long>(sql).SingleAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Writer.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}
