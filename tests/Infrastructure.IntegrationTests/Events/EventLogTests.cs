using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NSubstitute;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Events;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class EventLogTests(DatabaseProvider provider)
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero);

    private readonly Guid _owner = Guid.CreateVersion7();
    private readonly IDomainEventDispatcher _dispatcher = Substitute.For<IDomainEventDispatcher>();

    private TestDatabase _database;
    private ServiceProvider _services;

    [SetUp]
    public async Task CreateDatabase()
    {
        _dispatcher.ClearReceivedCalls();
        _database = await TestDatabase.CreateAsync(provider);
        _services = new ServiceCollection().AddSingleton(_dispatcher).AddPersistence(_database.Options).BuildServiceProvider();
        await using (var scope = _services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        await WithContextAsync(db =>
        {
            db.Accounts.Add(new ApplicationUser { Id = _owner, Email = "a@b.c", NormalizedEmail = "A@B.C", UserName = "a@b.c", NormalizedUserName = "A@B.C" });
            return db.SaveChangesAsync(CancellationToken.None);
        });
    }

    [TearDown]
    public async Task DropDatabase()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Append_WhenReadBack_IsTheSameInTheSameOrder()
    {
        var agent = new AgentSubject(Guid.CreateVersion7(), _owner, "a/b", "Ada's", AgentKind.Reported, StackId: null);
        var session = new SessionSubject(Guid.CreateVersion7(), "topic");
        EventRecord[] written =
        [
            AgentEvents.Registered(agent, Now),
            SessionEvents.Deleted(agent with { Kind = AgentKind.Deployed, StackId = Guid.CreateVersion7() }, session, Now),
            .. Enumerable.Range(0, 100).Select(number => Numbered(number.ToString(CultureInfo.InvariantCulture))),
        ];
        await AppendAsync(written);
        await AppendAsync([]);

        var read = await EventsAsync();
        Assert.Multiple(() =>
        {
            Assert.That(
                read.Select(row => (row.OwnerId, row.Type, row.At, row.StackId, row.AgentId, row.AgentKey, row.SessionId, row.Data)),
                Is.EqualTo(written.Select(row => (row.OwnerId, row.Type, row.At, row.StackId, row.AgentId, row.AgentKey, row.SessionId, row.Data))));
            Assert.That(read[1].Data, Is.EqualTo(
                $$$"""{"agent":{"id":"{{{agent.Id}}}","agent_id":"a/b","name":"Ada's","kind":"deployed","stack_id":"{{{read[1].StackId}}}"},"session":{"id":"{{{session.Id}}}","session_topic":"topic"}}"""));
        });
    }

    [Test]
    public async Task SaveChanges_WhenAggregatesRaised_WritesTheirEventsAndDispatchesThem()
    {
        var stack = Stack.Create(_owner, "stack", description: null, Now);
        await WithContextAsync(db =>
        {
            db.Stacks.Add(stack);
            return db.SaveChangesAsync(CancellationToken.None);
        });

        Assert.That((await EventsAsync()).Select(row => (row.Type, row.StackId)), Is.EqualTo(new[] { ("stack.created", (Guid?)stack.Id) }));
        await _dispatcher.Received(1).DispatchAsync(
            Arg.Is<IReadOnlyList<IDomainEvent>>(events => events.Single() is StackCreated), Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task InTransaction_WhenAnAggregateIsRemovedBySeveralSaves_WritesWhatItRaised()
    {
        await WithContextAsync(db => db.InTransactionAsync(
            async token =>
            {
                var agent = Agent.Reported(_owner, "laptop", Now);
                db.Agents.Add(agent);
                await db.SaveChangesAsync(token);
                agent.Remove();
                db.Agents.Remove(agent);
                return await db.SaveChangesAsync(token);
            },
            CancellationToken.None));

        Assert.That((await EventsAsync()).Select(row => row.Type), Is.EqualTo(["agent.registered", "agent.deleted"]));
    }

    [Test]
    public async Task InTransaction_WhenItIsRolledBack_LeavesNoEvent()
    {
        var stack = Stack.Create(_owner, "stack", description: null, Now);
        await WithContextAsync(db =>
        {
            Assert.That(
                () => db.InTransactionAsync<int>(
                    async token =>
                    {
                        db.Stacks.Add(Stack.Create(_owner, "never", description: null, Now));
                        await db.SaveChangesAsync(token);
                        throw new ForbiddenException("No.");
                    },
                    CancellationToken.None),
                Throws.TypeOf<ForbiddenException>());
            Assert.That(
                () =>
                {
                    db.AddRange(stack, stack.AddAgent(Guid.CreateVersion7(), "twin", null, _owner, Now), stack.AddAgent(Guid.CreateVersion7(), "twin", null, _owner, Now));
                    return db.SaveChangesAsync(CancellationToken.None);
                },
                Throws.TypeOf<ConflictException>());
            db.ChangeTracker.Clear();

            // The same context goes on, and nothing of before clings to it.
            db.Stacks.Add(Stack.Create(_owner, "afterwards", description: null, Now));
            return db.SaveChangesAsync(CancellationToken.None);
        });

        Assert.That((await EventsAsync()).Single().Data, Does.Contain("afterwards"));
        Assert.That(await WithContextAsync(db => db.Stacks.CountAsync()), Is.EqualTo(1));
    }

    [Test]
    public async Task Append_WhenWritersLingerBeforeTheirCommit_AReaderThatPollsMissesNothing()
    {
        const int Writers = 8;
        const int Each = 40;
        var seen = new List<string>();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
                await AppendAsync([Numbered($"{writer}a{i}"), Numbered($"{writer}b{i}")], linger: true);
        })));

        var last = 0L;
        while (seen.Count < Writers * Each * 2)
        {
            var isOver = writing.IsCompleted;
            var page = await WithContextAsync(db => db.Events.AsNoTracking().Where(row => row.Id > last).OrderBy(row => row.Id).ToListAsync());
            seen.AddRange(page.Select(row => row.Data));
            last = page.LastOrDefault()?.Id ?? last;
            if (isOver && page.Count == 0)
                break;
        }

        await writing;
        Assert.That(seen, Is.EqualTo((await EventsAsync()).Select(row => row.Data)));
        Assert.That(seen, Has.Count.EqualTo(Writers * Each * 2).And.Unique);
    }

    private EventRecord Numbered(string number) => new() { OwnerId = _owner, Type = EventTypes.AgentUpdated, At = Now, Data = $$"""{"n":"{{number}}"}""" };

    /// <summary>As those do that write by SQL of their own.</summary>
    private async Task AppendAsync(IReadOnlyList<EventRecord> events, bool linger = false)
    {
        if (provider == DatabaseProvider.Sqlite)
        {
            await using var connection = new SqliteConnection($"{_database.Options.ConnectionString};Default Timeout=60");
            connection.Open();
            await using var transaction = connection.BeginTransaction();
            SqliteEventLog.Append(connection, transaction, events);
            if (linger)
                await Task.Yield();
            transaction.Commit();
            return;
        }

        await using var postgres = new NpgsqlConnection(_database.Options.ConnectionString);
        await postgres.OpenAsync();
        await using var batch = new NpgsqlBatch(postgres);
        PostgreSqlEventLog.AddTo(batch, events);
        if (events.Count == 0)
        {
            Assert.That(batch.BatchCommands, Is.Empty);
            return;
        }

        // A batch without a transaction of its own is one. This keeps it open while others want to commit.
        if (linger)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_sleep(random() * 0.005)"));
        await batch.ExecuteNonQueryAsync();
    }

    private Task<List<EventRecord>> EventsAsync() => WithContextAsync(db => db.Events.AsNoTracking().OrderBy(row => row.Id).ToListAsync());

    private async Task<T> WithContextAsync<T>(Func<ApplicationDbContext, Task<T>> work)
    {
        await using var scope = _services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }
}
