using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using StackAgent.Application;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>The reconciler over a real database and a runtime and a disk that do what real ones won't on demand.</summary>
public sealed class ReconcilerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private TestDatabase _database;
    private ServiceProvider _services;
    private FakeRuntime _runtime;
    private ICodeStorage _storage;
    private Guid _owner;

    [SetUp]
    public async Task SetUpAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite);
        _runtime = new FakeRuntime();
        _storage = Substitute.For<ICodeStorage>();
        _storage.Exists(default, default).ReturnsForAnyArgs(true);
        _storage.CodePath(default, default).ReturnsForAnyArgs("/code");
        var keys = Substitute.For<IAgentKeys>();
        keys.IssueAsync(default, default, default).ReturnsForAnyArgs("sak_key");
        var address = Substitute.For<IPublicAddress>();
        address.BaseUrl.Returns("http://localhost");
        var lifetime = Substitute.For<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Returns(new CancellationToken(canceled: true));

        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddApplication()
            .AddPersistence(_database.Options)
            .AddReconciliation(new ReconcilerOptions(
                Workers: 2,
                ResyncInterval: TimeSpan.FromHours(1),
                PollInterval: TimeSpan.FromMilliseconds(50),
                FirstRetry: TimeSpan.FromMilliseconds(10),
                MaxRetry: TimeSpan.FromMilliseconds(50)), new DeploymentOptions(TimeSpan.FromMinutes(5)))
            .AddSingleton<IAgentRuntime>(_runtime)
            .AddSingleton(_storage)
            .AddSingleton(keys)
            .AddSingleton(lifetime)
            .AddSingleton(new AgentUrls(address, agentsUrl: null, chatUiBaseUrl: null))
            .BuildServiceProvider();
        await using var scope = _services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        _owner = Guid.CreateVersion7();
        await WithDatabaseAsync(async db =>
        {
            db.Accounts.Add(new ApplicationUser { Id = _owner, UserName = "a@b.c", NormalizedUserName = "A@B.C", Email = "a@b.c", NormalizedEmail = "A@B.C", FullName = "A" });
            return await db.SaveChangesAsync();
        });
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        foreach (var service in Reconcilers())
            await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Stack_WhenTheRuntimeRefusesIt_FailsWithTheReasonUntilTheCauseGoes()
    {
        _runtime.StackRefusal = new RuntimeRefusedException("NamespaceForbidden", "The cluster allows no namespaces.");
        await StartAsync();
        var (stack, agent) = await AddAsync();

        var failed = await UntilStackAsync(stack, found => found.Status == StackStatus.Failed);
        Assert.That((failed.StatusReason, failed.StatusMessage), Is.EqualTo(("NamespaceForbidden", "The cluster allows no namespaces.")));
        Assert.That(_runtime.Applied, Is.Empty, "an agent needs its place first");

        _runtime.StackRefusal = null;
        var ready = await UntilStackAsync(stack, found => found.Status == StackStatus.Ready);
        Assert.That((ready.StatusReason, ready.StatusMessage), Is.EqualTo(((string?)null, (string?)null)));
        await UntilAgentAsync(agent, found => found?.Status == AgentStatus.Deploying);
    }

    [Test]
    public async Task Agent_WhenTheRuntimeRefusesIt_FailsWithTheReasonUntilTheCauseGoes()
    {
        _runtime.Refusals[Guid.Empty] = new RuntimeRefusedException("QuotaExceeded", "There is no room.");
        await StartAsync();
        var (_, agent) = await AddAsync();

        var failed = await UntilAgentAsync(agent, found => found?.Status == AgentStatus.Failed);
        Assert.That((failed!.StatusReason, failed.StatusMessage), Is.EqualTo(("QuotaExceeded", "There is no room.")));

        _runtime.Refusals.Clear();
        await Eventually.TrueAsync(() => _runtime.Applied.Any(spec => spec.Agent.AgentId == agent), "the agent to be applied");
        _runtime.Observe(_runtime.Applied.First().Agent, AgentObservation.Running);
        await UntilAgentAsync(agent, found => found is { Status: AgentStatus.Running, StatusReason: null });
    }

    [Test]
    public async Task Delete_WhenTheEndTakesSeveralTries_KeepsRowAndFilesUntilThen()
    {
        await StartAsync();
        var (stack, agent) = await AddAsync();
        await Eventually.TrueAsync(() => !_runtime.Applied.IsEmpty, "the agent to be applied");
        _runtime.TriesToRemove = 3;
        _storage.DeleteAgentAsync(stack, agent, Arg.Any<CancellationToken>())
            .Returns(_ => throw new IOException("busy"), _ => Task.CompletedTask);
        _storage.WhenForAnyArgs(storage => storage.DeleteAgentAsync(default, default, default))
            .Do(_ => Assert.That(_runtime.TriesToRemove, Is.LessThanOrEqualTo(0)));

        await DeleteStackAsync(stack);
        await UntilAgentAsync(agent, found => found is null);
        await Eventually.TrueAsync(async () => !await WithDatabaseAsync(db => db.Stacks.AnyAsync()), "the stack to be gone");

        Assert.That(_runtime.TriesToRemove, Is.LessThanOrEqualTo(0));
        await _storage.Received(2).DeleteAgentAsync(stack, agent, Arg.Any<CancellationToken>());
        await _storage.Received(1).DeleteStackAsync(stack, Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task Start_WhenTheRuntimeHasAnAgentWithoutARow_RemovesIt()
    {
        var (stack, agent) = await AddAsync();
        var orphan = new AgentRef(stack, Guid.CreateVersion7());
        _runtime.Existing.Add(orphan);
        _runtime.Existing.Add(new AgentRef(stack, agent));
        await StartAsync();

        await Eventually.TrueAsync(() => !_runtime.Removed.IsEmpty, "the orphan to be removed");
        Assert.That(_runtime.Removed, Is.EqualTo(new[] { orphan }));
    }

    [Test]
    public async Task Work_WhenSomeOfItAlwaysFails_GoesOnForTheRest()
    {
        // More of them than there are workers, and both parts of the cleaning up.
        _runtime.Existing.Add(new AgentRef(Guid.CreateVersion7(), Guid.CreateVersion7()));
        _runtime.RemovalFails = true;
        _storage.SweepAsync(default!, default).ThrowsAsyncForAnyArgs(new IOException("a file that can't be removed"));
        for (var i = 0; i < 5; i++)
        {
            var (_, failing) = await AddAsync();
            _runtime.Refusals[failing] = new InvalidOperationException("broken");
        }

        await StartAsync();
        var (_, good) = await AddAsync();
        await Eventually.TrueAsync(() => _runtime.Applied.Any(spec => spec.Agent.AgentId == good), "the good agent to be applied");
        await UntilAgentAsync(good, found => found?.Status == AgentStatus.Deploying);
        await Eventually.TrueAsync(() => _storage.ReceivedCalls().Any(call => call.GetMethodInfo().Name == nameof(ICodeStorage.SweepAsync)), "the cleaning up");
        Assert.That(_runtime.Acquired, Is.EqualTo(1), "none of it makes the reconciler start over");
    }

    [Test]
    public async Task Code_WhenItIsMissingForAWhile_FailsTheAgentUntilItIsBack()
    {
        _storage.Exists(default, default).ReturnsForAnyArgs(false);
        await StartAsync();
        var (_, agent) = await AddAsync();
        await UntilAgentAsync(agent, found => found is { Status: AgentStatus.Failed, StatusReason: "CodeMissing" });
        Assert.That(_runtime.Applied, Is.Empty);

        _storage.Exists(default, default).ReturnsForAnyArgs(true);
        await RestartAsync();
        await Eventually.TrueAsync(() => !_runtime.Applied.IsEmpty, "the agent to be applied");
    }

    [Test]
    public async Task Rows_WhenAnotherServerChangesThem_AreNoticed()
    {
        await StartAsync();
        var (_, agent) = await AddAsync();
        await Eventually.TrueAsync(() => !_runtime.Applied.IsEmpty, "the agent to be applied");

        // Past the context, so that no event of this process says anything.
        await WithDatabaseAsync(db => db.Agents.Where(found => found.Id == agent)
            .ExecuteUpdateAsync(set => set.SetProperty(found => found.Status, AgentStatus.Deleting)));
        await UntilAgentAsync(agent, found => found is null);
    }

    private IEnumerable<IHostedService> Reconcilers() => _services.GetServices<IHostedService>().OfType<Reconciler>();

    private async Task StartAsync()
    {
        foreach (var service in Reconcilers())
            await service.StartAsync(CancellationToken.None);
    }

    /// <summary>A full pass comes with each start.</summary>
    private async Task RestartAsync()
    {
        foreach (var service in Reconcilers())
        {
            await service.StopAsync(CancellationToken.None);
            await service.StartAsync(CancellationToken.None);
        }
    }

    private Task<(Guid Stack, Guid Agent)> AddAsync() => WithDatabaseAsync(async db =>
    {
        var stack = Stack.Create(_owner, "stack", description: null, Now);
        var agent = stack.AddAgent(Guid.CreateVersion7(), "agent", description: null, _owner, Now);
        db.Add(stack);
        db.Add(agent);
        await db.SaveChangesAsync(CancellationToken.None);
        return (stack.Id, agent.Id);
    });

    private Task DeleteStackAsync(Guid id) => WithDatabaseAsync(async db =>
    {
        (await db.Stacks.SingleAsync(stack => stack.Id == id)).Delete(_owner, Now);
        foreach (var agent in await db.Agents.Where(agent => agent.StackId == id).ToListAsync())
            agent.Delete(_owner, Now);
        return await db.SaveChangesAsync(CancellationToken.None);
    });

    private Task<Stack> UntilStackAsync(Guid id, Func<Stack, bool> accept) => Eventually.GetAsync(
        () => WithDatabaseAsync(db => db.Stacks.AsNoTracking().SingleAsync(stack => stack.Id == id)), accept, "the stack");

    private Task<Agent?> UntilAgentAsync(Guid id, Func<Agent?, bool> accept) => Eventually.GetAsync(
        () => WithDatabaseAsync(db => db.Agents.AsNoTracking().SingleOrDefaultAsync(agent => agent.Id == id)), accept, "the agent");

    private async Task<T> WithDatabaseAsync<T>(Func<ApplicationDbContext, Task<T>> work)
    {
        await using var scope = _services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }

    private sealed class FakeRuntime : IAgentRuntime
    {
        private readonly Channel<ObservedAgent> _observations = Channel.CreateUnbounded<ObservedAgent>();
        private int _triesToRemove;
        private int _acquired;

        public string Description => "a fake";

        public RuntimeRefusedException? StackRefusal { get; set; }

        /// <summary>What applying an agent throws; under the empty id for every agent.</summary>
        public ConcurrentDictionary<Guid, Exception> Refusals { get; } = [];

        public bool RemovalFails { get; set; }

        public int TriesToRemove
        {
            get => Volatile.Read(ref _triesToRemove);
            set => Volatile.Write(ref _triesToRemove, value);
        }

        /// <summary>How often the reconciler has started over.</summary>
        public int Acquired => Volatile.Read(ref _acquired);

        public ConcurrentBag<AgentRef> Existing { get; } = [];

        public ConcurrentQueue<AgentSpec> Applied { get; } = [];

        public ConcurrentQueue<AgentRef> Removed { get; } = [];

        public void Observe(AgentRef agent, AgentObservation observation) => _observations.Writer.TryWrite(new ObservedAgent(agent, observation));

        public Task AcquireAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _acquired);
            return Task.CompletedTask;
        }

        public Task<bool> ApplyStackAsync(Guid stackId, CancellationToken cancellationToken) =>
            StackRefusal is { } refusal ? Task.FromException<bool>(refusal) : Task.FromResult(false);

        public Task<bool> RemoveStackAsync(Guid stackId, CancellationToken cancellationToken) => Task.FromResult(true);

        public Task ApplyAgentAsync(AgentSpec agent, CancellationToken cancellationToken)
        {
            if (Refusals.TryGetValue(agent.Agent.AgentId, out var refusal) || Refusals.TryGetValue(Guid.Empty, out refusal))
                return Task.FromException(refusal);

            Applied.Enqueue(agent);
            return Task.CompletedTask;
        }

        public Task<bool> RemoveAgentAsync(AgentRef agent, CancellationToken cancellationToken)
        {
            if (RemovalFails)
                return Task.FromException<bool>(new InvalidOperationException("can't be removed"));
            if (Interlocked.Decrement(ref _triesToRemove) > 0)
                return Task.FromResult(false);

            Removed.Enqueue(agent);
            return Task.FromResult(true);
        }

        public async IAsyncEnumerable<ObservedAgent> ObserveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var observed in _observations.Reader.ReadAllAsync(cancellationToken))
                yield return observed;
        }

        public Task<RuntimeInventory> ListAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new RuntimeInventory(Stacks: [], [.. Existing]));

        public Task<IReadOnlyList<string>> ReadLogTailAsync(AgentRef agent, int lines, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<string>>([]);

        public Task<string?> CheckHealthAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);
    }
}
