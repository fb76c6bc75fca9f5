using System.Security.Cryptography;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>The rows of agents that were there before there were revisions.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class AdoptStoredCodeTests(DatabaseProvider provider) : CodeStorageFixture
{
    private static readonly DateTimeOffset Created = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly byte[] Zip = ZipCrafter.Of("main.py");

    private readonly Guid _owner = Guid.CreateVersion7();
    private TestDatabase _database = null!;
    private ServiceProvider _services = null!;
    private Guid _stackId;

    [SetUp]
    public async Task SetUp()
    {
        _database = await TestDatabase.CreateAsync(provider);
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddApplication()
            .AddPersistence(_database.Options)
            .AddSingleton<ICodeAdoption>(_ => Storage)
            .AddSingleton<IReconcileQueue>(_ => NSubstitute.Substitute.For<IReconcileQueue>())
            .BuildServiceProvider();
        await using var scope = _services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        var stack = Stack.Create(_owner, "stack", description: null, Created);
        _stackId = stack.Id;
        await WithDatabaseAsync(async db =>
        {
            var email = $"{_owner}@example.com";
            db.Accounts.Add(new ApplicationUser { Id = _owner, UserName = email, NormalizedUserName = email, Email = email, NormalizedEmail = email, FullName = "A" });
            db.Add(stack);
            return await db.SaveChangesAsync();
        });
    }

    [TearDown]
    public async Task TearDown()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Adopt_WhenAgentsHaveNoRevisions_GivesThemTheirFirst()
    {
        var old = await AddAgentAsync();
        var lost = await AddAgentAsync(hasCode: false);

        Assert.That(await AdoptAsync(), Is.EqualTo(1));
        Assert.That(await AdoptAsync(), Is.Zero, "again");

        var revision = (await WithDatabaseAsync(db => db.AgentRevisions.AsNoTracking().ToListAsync())).Single();
        Assert.Multiple(() =>
        {
            Assert.That((revision.AgentId, revision.Number, revision.Cause, revision.CodeRevision), Is.EqualTo((old, 1, RevisionCause.Created, 1)));
            Assert.That((revision.CodeDigest, revision.CodeSize), Is.EqualTo((Convert.ToHexStringLower(SHA256.HashData(Zip)), (long)Zip.Length)));
            Assert.That((revision.CreatedById, revision.CreatedAt), Is.EqualTo((_owner, Created)));
            Assert.That(Storage.Exists(_stackId, old, 1));
            Assert.That(Storage.Exists(_stackId, lost, 1), Is.False);
        });
    }

    [Test]
    public async Task Adopt_WhenTheFilesWereMovedButACrashKeptTheRowAway_AddsIt()
    {
        var agent = await AddAgentAsync();
        await Storage.AdoptAsync(new(_stackId, agent), 1, CancellationToken.None);
        Assert.That(await AdoptAsync(), Is.EqualTo(1));
        Assert.That(File.Exists($"{Storage.CurrentCodePath(_stackId, agent)}/main.py"));
    }

    [Test]
    public async Task Adopt_WhenSeveralServersStartAtOnce_AddsOneRevisionEach()
    {
        for (var i = 0; i < 3; i++)
            await AddAgentAsync();
        var adopted = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(AdoptAsync)));
        Assert.That(adopted.Sum(), Is.EqualTo(3));
        Assert.That(await WithDatabaseAsync(db => db.AgentRevisions.CountAsync()), Is.EqualTo(3));
    }

    [Test]
    public async Task Adopt_WhenOneFolderIsBroken_AdoptsTheOthers()
    {
        var broken = await AddAgentAsync();
        await AddAgentAsync();
        // A folder where the link belongs can't be replaced.
        Directory.CreateDirectory($"{Storage.AgentPath(_stackId, broken)}/current/inner");
        Assert.That(await AdoptAsync(), Is.EqualTo(1));
        Directory.Delete($"{Storage.AgentPath(_stackId, broken)}/current", recursive: true);
        Assert.That(await AdoptAsync(), Is.EqualTo(1), "the next start");
    }

    private async Task<int> AdoptAsync()
    {
        await using var scope = _services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new AdoptStoredCode());
    }

    private async Task<Guid> AddAgentAsync(bool hasCode = true)
    {
        var id = Guid.CreateVersion7();
        await WithDatabaseAsync(db => db.InTransactionAsync(async token =>
        {
            var stack = await db.Stacks.Where(stack => stack.Id == _stackId).ForUpdate().SingleAsync(token);
            db.Add(stack.AddAgent(id, $"{id}", description: null, _owner, Created));
            return await db.SaveChangesAsync(token);
        }, CancellationToken.None));
        if (hasCode)
        {
            var folder = Storage.AgentPath(_stackId, id);
            Directory.CreateDirectory($"{folder}/extracted");
            await File.WriteAllTextAsync($"{folder}/extracted/main.py", "code");
            await File.WriteAllBytesAsync($"{folder}/agent.zip", Zip);
        }

        return id;
    }

    private async Task<T> WithDatabaseAsync<T>(Func<ApplicationDbContext, Task<T>> work)
    {
        await using var scope = _services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }
}
