using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Checkups;
using StackAgent.Infrastructure.IntegrationTests.Secrets;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Checkups;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class DatabaseCheckupTests(DatabaseProvider provider)
{
    private const string Secret = "the present secret of at least 32 characters";

    private TestDatabase _database;

    [SetUp]
    public async Task CreateAsync() => _database = await TestDatabase.CreateAsync(provider);

    [TearDown]
    public async Task DropAsync() => await _database.DisposeAsync();

    [Test]
    public async Task Examine_WhenAServerHasStarted_FindsNothingWrong()
    {
        await using (await SecretServer.StartAsync(_database.Options, Secret))
        {
        }

        var findings = await ExamineAsync();

        Assert.That(findings.Where(finding => finding.Grade != Grade.Ok), Is.Empty);
        Assert.That(findings, Has.Some.Matches<Finding>(finding => finding is { What: "database schema", Found: "up to date" }));
        Assert.That(findings, Has.Some.Matches<Finding>(finding => finding is { What: "stored secrets", Found: "they open with SECRET_KEY" }));
    }

    [Test]
    public async Task Examine_WhenNoServerHasStartedYet_MakesNothing()
    {
        var findings = await ExamineAsync();

        Assert.That(findings.Where(finding => finding.Grade == Grade.Fault), Is.Empty);
        if (provider == DatabaseProvider.Sqlite)
            Assert.That(File.Exists(SqlitePath), Is.False);
        else
            Assert.That(await ExecuteAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), Is.EqualTo(0L));
    }

    [Test]
    public async Task Examine_WhenMigrationsArePending_NamesThem()
    {
        await MigrateAsync("Notifications");

        var schema = Of(await ExamineAsync(), "database schema");

        Assert.That(schema.Grade, Is.EqualTo(Grade.Ok));
        Assert.That(schema.Found, Does.Contain("at its next start").And.Contain("_Revisions").And.Not.Contain("_Initial"));
    }

    [Test]
    public async Task Examine_WhenANewerVersionWasHere_Warns()
    {
        await MigrateAsync(target: null);
        await ExecuteAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ('99990101000000_Later', '99.0.0')");

        var schema = Of(await ExamineAsync(), "database schema");

        Assert.That(schema.Grade, Is.EqualTo(Grade.Warning));
        Assert.That(schema.Found, Does.Contain("99990101000000_Later"));
    }

    [Test]
    public async Task Examine_WhenTheDatabaseIsAnotherPrograms_IsAFault()
    {
        if (provider == DatabaseProvider.Sqlite)
            await File.WriteAllBytesAsync(SqlitePath, []);
        await ExecuteAsync("CREATE TABLE others (id int)");

        Assert.That(Of(await ExamineAsync(), "database schema").Grade, Is.EqualTo(Grade.Fault));
    }

    [Test]
    public async Task Examine_WhenTheSecretIsAnother_SaysThatStoredSecretsCantBeRead()
    {
        await using (await SecretServer.StartAsync(_database.Options, Secret))
        {
        }

        var lost = await ExamineAsync(new AccountOptions("another secret of more than 32 characters"));
        var changing = await ExamineAsync(new AccountOptions("another secret of more than 32 characters") { PreviousSecretKeys = [Secret] });

        Assert.That(Of(lost, "stored secrets").Grade, Is.EqualTo(Grade.Fault));
        Assert.That(Of(changing, "stored secrets").Grade, Is.EqualTo(Grade.Ok));
        Assert.That(Of(changing, "stored secrets").Found, Does.Contain("SECRET_KEY_PREVIOUS"));
    }

    [Test]
    public async Task Examine_WhenTheDatabaseIsBroken_SaysWhatToDo()
    {
        if (provider == DatabaseProvider.Sqlite)
        {
            await File.WriteAllTextAsync(SqlitePath, new string('x', 8192));
            Assert.That(Of(await ExamineAsync(), "database").Found, Does.Contain("isn't a SQLite database"));
            return;
        }

        var port = ServerProcess.FreePort();
        var (away, missing) = (
            new NpgsqlConnectionStringBuilder(_database.Options.ConnectionString) { Port = port }, new NpgsqlConnectionStringBuilder(_database.Options.ConnectionString) { Database = "nowhere" });
        var unreachable = Of(await ExamineAsync(connectionString: away.ConnectionString), "database");
        var unknown = Of(await ExamineAsync(connectionString: missing.ConnectionString), "database");
        Assert.That(unreachable.Grade, Is.EqualTo(Grade.Fault));
        Assert.That(unreachable.Found, Does.Contain($":{port} can't be reached"));
        Assert.That(unknown.Advice, Does.Contain("CREATE DATABASE \"nowhere\""));
    }

    [Test]
    public async Task Examine_WhenTheDatabaseCantBeWrittenTo_IsAFault()
    {
        await MigrateAsync(target: null);
        if (provider == DatabaseProvider.Sqlite)
        {
            await using var other = new SqliteConnection($"Data Source={SqlitePath};Pooling=false");
            await other.OpenAsync();
            await using var transaction = other.BeginTransaction(deferred: false);
            Assert.That(Of(await ExamineAsync(), "database").Found, Does.Contain("another process holds it locked"));
            return;
        }

        await ExecuteAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(_database.Options.ConnectionString).Database} SET default_transaction_read_only = on");
        Assert.That(
            await ExamineAsync(), Has.Some.Matches<Finding>(finding => finding is { Grade: Grade.Fault, What: "database", Found: "it can only be read" }));
    }

    private string SqlitePath => new SqliteConnectionStringBuilder(_database.Options.ConnectionString).DataSource;

    private static Finding Of(IReadOnlyList<Finding> findings, string what) => findings.Single(finding => finding.What == what);

    private async Task<IReadOnlyList<Finding>> ExamineAsync(AccountOptions? accounts = null, string? connectionString = null)
    {
        var findings = new Findings();
        var options = connectionString is null ? _database.Options : _database.Options with { ConnectionString = connectionString };
        await InfrastructureCheckups.Database(options, accounts ?? new AccountOptions(Secret), TimeProvider.System).ExamineAsync(findings, CancellationToken.None);
        return findings.All;
    }

    private async Task MigrateAsync(string? target)
    {
        await using var server = new StatusLog.StatusLogServer(_database.Options);
        await server.QueryAsync(async database =>
        {
            await database.GetService<IMigrator>().MigrateAsync(target);
            return true;
        });
    }

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using System.Data.Common.DbConnection connection = provider == DatabaseProvider.Sqlite
            ? new SqliteConnection($"Data Source={SqlitePath};Pooling=false")
            : new NpgsqlConnection(_database.Options.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
