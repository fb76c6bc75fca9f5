using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class PersistenceTests(DatabaseProvider provider)
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero);

    private TestDatabase _database;

    [SetUp]
    public async Task CreateDatabase() => _database = await TestDatabase.CreateAsync(provider);

    [TearDown]
    public async Task DropDatabase() => await _database.DisposeAsync();

    [Test]
    public async Task Migrate_WhenFiveServersStartTogether_AllSucceed()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(MigrateAsync)));

        await using var services = Build();
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        Assert.That(await context.Database.GetPendingMigrationsAsync(), Is.Empty);
    }

    [Test]
    public async Task Model_WhenComparedWithMigrations_HasNoPendingChanges()
    {
        await using var services = Build();
        using var scope = services.CreateScope();

        Assert.That(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Database.HasPendingModelChanges(), Is.False);
    }

    [Test]
    public async Task Migrate_WhenAnAgentIsBeingDeployed_CountsItsTimeFromItsLastChange()
    {
        await MigrateAsync();
        await using var services = Build();
        var stack = await AddStackAsync(services);
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        var deploying = stack.AddAgent(Guid.CreateVersion7(), "deploying", null, stack.OwnerId, Now);
        deploying.Deploy(Now.AddHours(1));
        context.Agents.AddRange(deploying, stack.AddAgent(Guid.CreateVersion7(), "pending", null, stack.OwnerId, Now));
        await context.SaveChangesAsync();

        // Back to the schema that didn't keep it, and on again.
        await context.GetService<IMigrator>().MigrateAsync("Initial");
        await MigrateAsync();

        var since = await context.Agents.AsNoTracking().OrderBy(agent => agent.Name).Select(agent => agent.DeployingSince).ToListAsync();
        Assert.That(since, Is.EqualTo(new DateTimeOffset?[] { Now, null }));
    }

    [Test]
    public async Task Installation_WhenManyServersAskAtOnce_IsOneAndStays()
    {
        await MigrateAsync();
        await using var first = Build();
        await using var second = Build();
        var asked = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(
            async () => await IdAsync(number % 2 == 0 ? first : second))));
        await using var later = Build();

        Assert.Multiple(async () =>
        {
            Assert.That(asked.Distinct(), Has.One.Items);
            Assert.That(asked[0].Version, Is.EqualTo(4), "all of it is random");
            Assert.That(await IdAsync(later), Is.EqualTo(asked[0]));
        });

        // Known without the database from now on.
        using var scope = first.CreateScope();
        await scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Set<InstallationRow>().ExecuteDeleteAsync();
        Assert.That(await IdAsync(first), Is.EqualTo(asked[0]));
    }

    [Test]
    public async Task InTransaction_WhenTheRowChangedSinceTheOneBefore_ReadsItAnew()
    {
        await MigrateAsync();
        await using var services = Build();
        var stack = await AddStackAsync(services);
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        Task<StackStatus> FailAsync() => context.InTransactionAsync(
            async cancellationToken =>
            {
                var row = await context.Stacks.Where(s => s.Id == stack.Id).ForUpdate().SingleAsync(cancellationToken);
                row.MarkFailed("Refused", "No.");
                await context.SaveChangesAsync(cancellationToken);
                return row.Status;
            },
            CancellationToken.None);

        await FailAsync();
        using (var elsewhere = services.CreateScope())
        {
            var other = elsewhere.ServiceProvider.GetRequiredService<ApplicationDbContext>();
            (await other.Stacks.SingleAsync()).Delete(stack.OwnerId, Now);
            await other.SaveChangesAsync();
        }

        Assert.That(await FailAsync(), Is.EqualTo(StackStatus.Deleting));
    }

    [Test]
    public async Task Migrate_WhenAKilledServerLeftItsLockRow_Succeeds()
    {
        if (provider != DatabaseProvider.Sqlite)
            return; // PostgreSQL's lock ends with its session.

        await using var services = Build();
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        await context.Database.ExecuteSqlRawAsync(
            """CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01');""");

        await MigrateAsync();

        Assert.That(await context.Database.GetPendingMigrationsAsync(), Is.Empty);
    }

    [Test]
    public async Task SaveChanges_WhenRowsAreReadBack_MomentsAndEnumsAreTheSame()
    {
        await MigrateAsync();
        await using var services = Build();
        var stack = await AddStackAsync(services);

        using var scope = services.CreateScope();
        var read = await scope.ServiceProvider.GetRequiredService<IApplicationDbContext>().Stacks.AsNoTracking().SingleAsync();

        Assert.Multiple(() =>
        {
            Assert.That(read.CreatedAt, Is.EqualTo(Now));
            Assert.That(read.CreatedAt.Offset, Is.EqualTo(TimeSpan.Zero));
            Assert.That(read.Status, Is.EqualTo(StackStatus.Creating));
            Assert.That(read.Id, Is.EqualTo(stack.Id));
        });
    }

    [Test]
    public async Task SaveChanges_WhenAUniqueIndexIsViolated_ThrowsConflictWithASentence()
    {
        await MigrateAsync();
        await using var services = Build();
        var stack = await AddStackAsync(services);
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        context.Agents.Add(stack.AddAgent(Guid.CreateVersion7(), "echo", null, stack.OwnerId, Now));
        context.Agents.Add(stack.AddAgent(Guid.CreateVersion7(), "echo", null, stack.OwnerId, Now));

        Assert.That(
            async () => await context.SaveChangesAsync(CancellationToken.None),
            Throws.TypeOf<ConflictException>().With.Message.EqualTo("An agent with this name already exists in this stack."));
    }

    [Test]
    public async Task ForUpdate_WhenTwentyTransactionsChangeOneRow_NoneIsLost()
    {
        await MigrateAsync();
        await using var services = Build();
        var stack = await AddStackAsync(services);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            using var scope = services.CreateScope();
            var context = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
            await context.InTransactionAsync(async cancellationToken =>
            {
                var locked = await context.Stacks.Where(s => s.Id == stack.Id).ForUpdate().SingleAsync(cancellationToken);
                locked.Describe((locked.Description ?? "") + "x", locked.OwnerId, Now);
                return await context.SaveChangesAsync(cancellationToken);
            }, CancellationToken.None);
        })));

        using var scope = services.CreateScope();
        var read = await scope.ServiceProvider.GetRequiredService<IApplicationDbContext>().Stacks.AsNoTracking().SingleAsync();
        Assert.That(read.Description, Has.Length.EqualTo(20));
    }

    [Test]
    public async Task ContainsPattern_WhenTextHasWildcardsAndLetters_MatchesLiterallyAndInAnyCase()
    {
        await MigrateAsync();
        await using var services = Build();
        await AddStackAsync(services, "50%_ÄGENT");
        await AddStackAsync(services, "500 agent");
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();

        var names = await context.Stacks
            .Where(stack => EF.Functions.Like(stack.Name.ToLower(), QueryExtensions.ContainsPattern("0%_äg"), @"\"))
            .Select(stack => stack.Name).ToListAsync();

        Assert.That(names, Is.EqualTo(["50%_ÄGENT"]));
    }

    [Test]
    public async Task ToPageAsync_WhenWhatIsShownJoinsMoreThanIsCounted_TheTotalIsOfAllRows()
    {
        await MigrateAsync();
        await using var services = Build();
        for (var i = 0; i < 3; i++)
            await AddStackAsync(services, $"stack {i}");
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        var stacks = context.Stacks.OrderBy(stack => stack.Name);
        var shown = from stack in stacks
                    join user in context.Users on stack.OwnerId equals user.Id
                    select new { stack.Name, user.Email };

        var first = await shown.ToPageAsync(stacks, new PageRequest(1, 2), CancellationToken.None);
        var beyond = await shown.ToPageAsync(stacks, new PageRequest(3, 2), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(first.Items.Select(item => item.Name), Is.EqualTo(["stack 0", "stack 1"]));
            Assert.That((first.Total, first.Pages), Is.EqualTo((3, 2)));
            Assert.That((beyond.Items.Count, beyond.Total), Is.EqualTo((0, 3)));
        });
    }

    [Test]
    public async Task OpenConnection_WhenThePoolHandsItOutAgain_IsPreparedAsTheFirstTime()
    {
        if (provider != DatabaseProvider.Sqlite)
            return; // PostgreSQL's connections need no preparation.

        await using var services = Build();
        for (var time = 0; time < 3; time++)
        {
            using var scope = services.CreateScope();
            var database = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Database;

            var seen = await database
                .SqlQueryRaw<string>("SELECT synchronous || ' ' || journal_mode || ' ' || timeout || ' ' || lower('ÄX') AS \"Value\" FROM pragma_synchronous, pragma_journal_mode, pragma_busy_timeout")
                .SingleAsync();

            Assert.That(seen, Is.EqualTo("2 wal 10000 äx"));
        }
    }

    private async Task MigrateAsync()
    {
        await using var services = Build();
        using var scope = services.CreateScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
    }

    private static async Task<Guid> IdAsync(ServiceProvider services) =>
        await services.GetRequiredService<IInstallation>().GetIdAsync(CancellationToken.None);

    private ServiceProvider Build() => new ServiceCollection()
        .AddPersistence(_database.Options)
        .AddSingleton<IDomainEventDispatcher, NoEvents>()
        .BuildServiceProvider();

    private static async Task<Stack> AddStackAsync(ServiceProvider services, string name = "stack")
    {
        using var scope = services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        var id = Guid.CreateVersion7();
        context.Accounts.Add(new ApplicationUser
        {
            Id = id,
            Email = $"{id}@example.com",
            NormalizedEmail = $"{id}@EXAMPLE.COM",
            UserName = $"{id}@example.com",
            NormalizedUserName = $"{id}@EXAMPLE.COM",
            CreatedAt = Now,
            UpdatedAt = Now,
        });
        var stack = Stack.Create(id, name, description: null, Now);
        context.Stacks.Add(stack);
        await context.SaveChangesAsync();
        return stack;
    }

    private sealed class NoEvents : IDomainEventDispatcher
    {
        public Task DispatchAsync(IReadOnlyList<IDomainEvent> events, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
