using System.Collections.Concurrent;
using System.Security.Cryptography;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using StackAgent.Application;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Infrastructure.Sessions;
using StackAgent.Infrastructure.Sessions.Retention;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>The reconciler over a real database and a runtime and a disk that do what real ones won't on demand.</summary>
internal sealed class ReconcilerTestBed : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;
    private readonly LogCollector _log = new();

    private ReconcilerTestBed(
        TestDatabase database, TimeProvider time, TimeSpan grace, Func<IServiceProvider, IAgentRuntime>? runtime, ILeadership? leadership)
    {
        _database = database;
        Storage.Exists(default, default, default).ReturnsForAnyArgs(true);
        Folders.CodePath(default, default, default).ReturnsForAnyArgs("/code");
        var keys = Substitute.For<IAgentKeys>();
        keys.IssueAsync(default, default, default).ReturnsForAnyArgs("sak_key");
        var protector = Substitute.For<ISecretProtector>();
        protector.Protect("").ReturnsForAnyArgs(call => $"protected:{call.Arg<string>()}");
        protector.Unprotect("").ReturnsForAnyArgs(call => call.Arg<string>().Split(':', 2) is ["protected", var text]
            ? text
            : throw new CryptographicException("another key"));
        var address = Substitute.For<IPublicAddress>();
        address.BaseUrl.Returns("http://localhost");
        var lifetime = Substitute.For<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Returns(new CancellationToken(canceled: true));
        var pace = new ReconcilerOptions(
            Workers: 2,
            ResyncInterval: TimeSpan.FromHours(1),
            PollInterval: TimeSpan.FromMilliseconds(50),
            FirstRetry: TimeSpan.FromMilliseconds(10),
            MaxRetry: TimeSpan.FromMilliseconds(50));

        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(_log))
            .AddSingleton(time)
            .AddApplication()
            .AddPersistence(database.Options)
            .AddSessionUpkeep(RetentionOptions.Default)
            .AddSingleton(leadership ?? new AloneLeadership())
            .AddReconciliation(pace, new DeploymentOptions(DeployTimeout) { Grace = grace, KeepRevisions = KeepRevisions })
            .AddSingleton(runtime ?? (_ => Runtime))
            .AddSingleton(Storage)
            .AddSingleton(Folders)
            .AddSingleton(keys)
            .AddSingleton(protector)
            .AddSingleton(lifetime)
            .AddSingleton(new AgentUrls(address, agentsUrl: null, chatUiBaseUrl: null))
            .BuildServiceProvider();
    }

    public const int KeepRevisions = 3;

    public static TimeSpan DeployTimeout { get; } = TimeSpan.FromSeconds(300);

    public static TimeSpan Grace { get; } = TimeSpan.FromMilliseconds(200);

    public FakeRuntime Runtime { get; } = new();

    public ICodeStorage Storage { get; } = Substitute.For<ICodeStorage>();

    public ICodeFolders Folders { get; } = Substitute.For<ICodeFolders>();

    /// <summary>The runtime that the reconciler works with.</summary>
    public IAgentRuntime UsedRuntime => _services.GetRequiredService<IAgentRuntime>();

    public IReconcileQueue Queue => _services.GetRequiredService<IReconcileQueue>();

    public WriteGate Gate => _services.GetRequiredService<WriteGate>();

    public Guid Owner { get; } = Guid.CreateVersion7();

    /// <summary>What the reconciler logged.</summary>
    public IReadOnlyCollection<(LogLevel Level, string Text, Exception? Exception)> Log => _log.Entries;

    /// <summary>A bed that isn't started yet.</summary>
    /// <param name="provider">Which database.</param>
    /// <param name="time">Null: the real time.</param>
    /// <param name="grace">Between the runtime's deadline and the application's.</param>
    /// <param name="runtime">Null: <see cref="Runtime"/>, the fake one.</param>
    /// <param name="leadership">Null: the server is alone.</param>
    public static async Task<ReconcilerTestBed> CreateAsync(
        DatabaseProvider provider = DatabaseProvider.Sqlite,
        TimeProvider? time = null,
        TimeSpan? grace = null,
        Func<IServiceProvider, IAgentRuntime>? runtime = null,
        ILeadership? leadership = null)
    {
        var bed = new ReconcilerTestBed(await TestDatabase.CreateAsync(provider), time ?? TimeProvider.System, grace ?? Grace, runtime, leadership);
        await using var scope = bed._services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        var email = $"{bed.Owner}@example.com";
        await bed.WithDatabaseAsync(async db =>
        {
            db.Accounts.Add(new ApplicationUser { Id = bed.Owner, UserName = email, NormalizedUserName = email, Email = email, NormalizedEmail = email, FullName = "A" });
            return await db.SaveChangesAsync();
        });
        return bed;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    public async Task StartAsync()
    {
        foreach (var service in HostedServices())
            await service.StartAsync(CancellationToken.None);
    }

    public async Task StopAsync()
    {
        foreach (var service in HostedServices())
            await service.StopAsync(CancellationToken.None);
    }

    /// <summary>A full pass comes with each start.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async Task<T> SendAsync<T>(IRequest<T> request)
    {
        await using var scope = _services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request);
    }

    /// <summary>A stack with one agent.</summary>
    public Task<(Guid Stack, Guid Agent)> AddAsync() => WithDatabaseAsync(async db =>
    {
        var stack = Stack.Create(Owner, "stack", description: null, Now);
        var agent = stack.AddAgent(Guid.CreateVersion7(), "agent", description: null, Owner, Now);
        db.Add(stack);
        db.Add(agent);
        db.Add(FirstRevisionOf(agent));
        await db.SaveChangesAsync(CancellationToken.None);
        return (stack.Id, agent.Id);
    });

    /// <summary>One more agent of a stack, as an upload adds it.</summary>
    public Task<Guid> AddAgentAsync(Guid stackId) => WithDatabaseAsync(db => db.InTransactionAsync(async token =>
    {
        var stack = await db.Stacks.Where(stack => stack.Id == stackId).ForUpdate().SingleAsync(token);
        var id = Guid.CreateVersion7();
        var agent = stack.AddAgent(id, $"agent {id}", description: null, Owner, Now);
        db.Add(agent);
        db.Add(FirstRevisionOf(agent));
        await db.SaveChangesAsync(token);
        return id;
    }, CancellationToken.None));

    /// <summary>Another revision of an agent, of the same code unless it is given.</summary>
    public Task<int> AddRevisionAsync(Guid agentId, AgentSettings? settings = null, string? secrets = null, bool hasCode = false) => ChangeAsync(agentId, (agent, db) =>
    {
        var number = agent.BeginRevision(settings ?? AgentSettings.None, Owner, Now);
        db.Add(AgentRevision.OfCode(
            agent,
            RevisionCause.Code,
            new RevisionCode(hasCode ? number : 1, new string('0', AgentRevision.DigestLength), Size: 1, UnpackedSize: 1, AgentSettings.None),
            new RevisionConfiguration(settings ?? AgentSettings.None, secrets),
            note: null,
            Owner,
            Now));
        return number;
    });

    /// <summary>Changes an agent as its user does.</summary>
    public Task<T> ChangeAsync<T>(Guid agentId, Func<Agent, ApplicationDbContext, T> change) => WithDatabaseAsync(db => db.InTransactionAsync(async token =>
    {
        var result = change(await db.Agents.Where(agent => agent.Id == agentId).ForUpdate().SingleAsync(token), db);
        await db.SaveChangesAsync(token);
        return result;
    }, CancellationToken.None));

    private AgentRevision FirstRevisionOf(Agent agent) => AgentRevision.OfCode(
        agent,
        RevisionCause.Created,
        new RevisionCode(1, new string('0', AgentRevision.DigestLength), Size: 1, UnpackedSize: 1, AgentSettings.None),
        new RevisionConfiguration(AgentSettings.None, ProtectedSecrets: null),
        note: null,
        Owner,
        Now);

    public Task DeleteAgentAsync(Guid id) => WithDatabaseAsync(db => db.InTransactionAsync(async token =>
    {
        (await db.Agents.Where(agent => agent.Id == id).ForUpdate().SingleOrDefaultAsync(token))?.Delete(Owner, Now);
        return await db.SaveChangesAsync(token);
    }, CancellationToken.None));

    public Task DeleteStackAsync(Guid id) => WithDatabaseAsync(db => db.InTransactionAsync(async token =>
    {
        (await db.Stacks.Where(stack => stack.Id == id).ForUpdate().SingleOrDefaultAsync(token))?.Delete(Owner, Now);
        foreach (var agent in await db.Agents.Where(agent => agent.StackId == id).OrderBy(agent => agent.Id).ForUpdate().ToListAsync(token))
            agent.Delete(Owner, Now);
        return await db.SaveChangesAsync(token);
    }, CancellationToken.None));

    public Task<Stack?> UntilStackAsync(Guid id, Func<Stack?, bool> accept) => Eventually.GetAsync(
        () => WithDatabaseAsync(db => db.Stacks.AsNoTracking().SingleOrDefaultAsync(stack => stack.Id == id)), accept, "the stack");

    public Task<Agent?> UntilAgentAsync(Guid id, Func<Agent?, bool> accept) => Eventually.GetAsync(() => FindAgentAsync(id), accept, "the agent");

    public Task<Agent?> FindAgentAsync(Guid id) =>
        WithDatabaseAsync(db => db.Agents.AsNoTracking().SingleOrDefaultAsync(agent => agent.Id == id));

    public async Task<T> WithDatabaseAsync<T>(Func<ApplicationDbContext, Task<T>> work)
    {
        await using var scope = _services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }

    private IEnumerable<IHostedService> HostedServices() =>
        _services.GetServices<IHostedService>().Where(service => service is Reconciler or DeploymentDeadlines);

    private sealed class LogCollector : ILoggerProvider
    {
        public ConcurrentQueue<(LogLevel Level, string Text, Exception? Exception)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith(typeof(Reconciler).Namespace!, StringComparison.Ordinal) ? new Collector(this) : NullLogger.Instance;

        public void Dispose()
        {
            // Holds nothing.
        }

        private sealed class Collector(LogCollector log) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                log.Entries.Enqueue((logLevel, formatter(state, exception), exception));
        }
    }
}
