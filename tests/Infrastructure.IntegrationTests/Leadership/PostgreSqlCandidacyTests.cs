using Npgsql;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Leadership;

/// <summary>Candidates for the lead on a real PostgreSQL.</summary>
public sealed class PostgreSqlCandidacyTests
{
    private static readonly LeadershipPace Quick = new() { Duration = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(30) };

    private TestDatabase _database;
    private PostgreSqlCandidacy _one;
    private PostgreSqlCandidacy _other;

    [SetUp]
    public async Task SetUpAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        _one = new PostgreSqlCandidacy(_database.Options, new LeadershipPace { Timeout = Quick.Timeout }, "one");
        _other = new PostgreSqlCandidacy(_database.Options, new LeadershipPace { Timeout = Quick.Timeout }, "other");
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Try_WhenAnotherHasIt_GetsItOnceThatIsGivenBack()
    {
        var tenure = (await _one.TryAsync(CancellationToken.None)).Tenure!;
        Assert.That(await tenure.RenewAsync(CancellationToken.None));
        for (var round = 0; round < 3; round++)
            Assert.That(await _other.TryAsync(CancellationToken.None), Is.EqualTo(new Attempt(Tenure: null, "stackagent one")));

        await tenure.ReleaseAsync(CancellationToken.None);
        var next = (await _other.TryAsync(CancellationToken.None)).Tenure;
        Assert.That(next, Is.Not.Null);
        Assert.That((await _one.TryAsync(CancellationToken.None)).Tenure, Is.Null);
        await next!.ReleaseAsync(CancellationToken.None);
    }

    [Test]
    public async Task Renew_WhenTheSessionIsCut_SaysThatItIsLostAndAnotherGetsIt()
    {
        var tenure = (await _one.TryAsync(CancellationToken.None)).Tenure!;
        await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'stackagent one'");

        await Eventually.TrueAsync(async () => !await tenure.RenewAsync(CancellationToken.None), "the loss to be seen");
        var next = (await _other.TryAsync(CancellationToken.None)).Tenure;
        Assert.That(next, Is.Not.Null);
        await tenure.ReleaseAsync(CancellationToken.None);
        await next!.ReleaseAsync(CancellationToken.None);
    }

    [Test]
    public async Task Try_WhenTheHolderHangs_GetsItAfterATerm()
    {
        await using var hanging = new PostgreSqlCandidacy(_database.Options, Quick, "hanging");
        var tenure = (await hanging.TryAsync(CancellationToken.None)).Tenure!;

        // A stopped process leaves its connection open, and its kernel answers for it.
        var next = await Eventually.GetAsync(async () => (await _other.TryAsync(CancellationToken.None)).Tenure, won => won is not null, "the lead to be free");
        Assert.That(await tenure.RenewAsync(CancellationToken.None), Is.False);
        await tenure.ReleaseAsync(CancellationToken.None);
        await next!.ReleaseAsync(CancellationToken.None);
    }

    [Test]
    public async Task Try_WhenTheDatabaseWasAway_WorksAgainAfterwards()
    {
        Assert.That((await _one.TryAsync(CancellationToken.None)).Tenure, Is.InstanceOf<ITenure>().And.Not.Null);
        Assert.That((await _other.TryAsync(CancellationToken.None)).Tenure, Is.Null);

        await _database.SetReachableAsync(false);
        Assert.That(async () => await _other.TryAsync(CancellationToken.None), Throws.InstanceOf<NpgsqlException>());
        Assert.That(async () => await _other.TryAsync(CancellationToken.None), Throws.InstanceOf<NpgsqlException>());

        await _database.SetReachableAsync(true);
        var next = (await _other.TryAsync(CancellationToken.None)).Tenure;
        Assert.That(next, Is.Not.Null);
        await next!.ReleaseAsync(CancellationToken.None);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.Options.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
