using Npgsql;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Checkups;
using StackAgent.Infrastructure.IntegrationTests.Secrets;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Checkups;

/// <summary>What a database in a file doesn't have: users with rights, and a clock of its own.</summary>
internal sealed class PostgreSqlCheckupTests
{
    private const string Secret = "the present secret of at least 32 characters";

    private TestDatabase _database;

    [SetUp]
    public async Task CreateAsync() => _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);

    [TearDown]
    public async Task DropAsync() => await _database.DisposeAsync();

    [Test]
    public async Task Examine_WhenTheUserDoesntOwnItsTables_SaysWhatItCantDo()
    {
        await using (await SecretServer.StartAsync(_database.Options, Secret))
        {
        }

        var user = $"reader_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE ROLE {user} LOGIN PASSWORD '{user}'");
        try
        {
            await ExecuteAsync($"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}");
            var reader = await ExamineAsync(user);
            await ExecuteAsync($"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user}");
            var writer = await ExamineAsync(user);

            Assert.That(Of(reader, "database rights").Grade, Is.EqualTo(Grade.Fault));
            Assert.That(Of(reader, "database rights").Found, Does.Contain("agents"));
            Assert.That(Of(writer, "database rights").Grade, Is.EqualTo(Grade.Warning), "an upgrade needs more");
        }
        finally
        {
            await ExecuteAsync($"DROP OWNED BY {user}");
            await ExecuteAsync($"DROP ROLE {user}");
        }
    }

    [TestCase(0, Grade.Ok, "agrees")]
    [TestCase(5, Grade.Warning, "behind")]
    [TestCase(-5, Grade.Warning, "ahead of")]
    [TestCase(60, Grade.Fault, "behind")]
    public async Task Examine_WhenTheClocksDiffer_SaysSo(int seconds, Grade grade, string found)
    {
        var clock = Of(await ExamineAsync(time: new ShiftedTime(TimeSpan.FromSeconds(seconds))), "clock");

        Assert.That(clock.Grade, Is.EqualTo(grade));
        Assert.That(clock.Found, Does.Contain(found));
    }

    [Test]
    public async Task Examine_WhenThePoolIsLargerThanTheDatabaseAllows_Warns()
    {
        var large = new NpgsqlConnectionStringBuilder(_database.Options.ConnectionString) { MaxPoolSize = 900 };

        var finding = Of(await ExamineAsync(connectionString: large.ConnectionString), "database connections");

        Assert.That(finding.Found, Does.Contain("900"));
    }

    private static Finding Of(IReadOnlyList<Finding> findings, string what) => findings.Single(finding => finding.What == what);

    private async Task<IReadOnlyList<Finding>> ExamineAsync(string? user = null, TimeProvider? time = null, string? connectionString = null)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString ?? _database.Options.ConnectionString);
        if (user is not null)
            (connection.Username, connection.Password) = (user, user);
        var findings = new Findings();
        var checkup = InfrastructureCheckups.Database(
            _database.Options with { ConnectionString = connection.ConnectionString }, new AccountOptions(Secret), time ?? TimeProvider.System);
        await checkup.ExamineAsync(findings, CancellationToken.None);
        return findings.All;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.Options.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
