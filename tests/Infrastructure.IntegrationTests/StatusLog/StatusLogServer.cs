using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NSubstitute;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

namespace StackAgent.Infrastructure.IntegrationTests.StatusLog;

/// <summary>What a server has for status reports: the database, the log and its writer. Several of them share one database.</summary>
internal sealed class StatusLogServer : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public StatusLogServer(DatabaseOptions database, StatusLogOptions? options = null)
    {
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .AddPersistence(database)
            .AddStatusLog(options ?? new StatusLogOptions())
            .BuildServiceProvider(validateScopes: true);
        Log = _services.GetRequiredService<IStatusLog>();
        Writer = _services.GetRequiredService<GroupCommitStatusLog>();
    }

    public IStatusLog Log { get; }

    public IHostedService Writer { get; }

    public static async Task<StatusLogServer> StartAsync(DatabaseOptions database, StatusLogOptions? options = null)
    {
        var server = new StatusLogServer(database, options);
        await server.Writer.StartAsync(CancellationToken.None);
        return server;
    }

    public static StatusReportEntry Entry(
        Guid ownerId, string agent, string topic, SessionStatus status = SessionStatus.Running, string? message = null, string? eventId = null, Guid? boundTo = null) =>
        new(ownerId, boundTo, agent, AgentName: null, AgentSource: null, topic, new ReportContent(status, message, EventId: eventId));

    public async Task<Exception?> ReportAsync(StatusReportEntry entry) => (await Log.AppendAsync([entry], CancellationToken.None))[0].Failure;

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

    public Task<List<StatusReport>> ReportsAsync() => QueryAsync(database => database.StatusReports.AsNoTracking().ToListAsync());

    public async ValueTask DisposeAsync()
    {
        await Writer.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}
