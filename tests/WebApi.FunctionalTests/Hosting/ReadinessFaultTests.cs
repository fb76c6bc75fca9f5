using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackAgent.Infrastructure.CodeStorage;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Secrets;
using StackAgent.Testing;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.FunctionalTests.Hosting;

/// <summary>Real faults, one at a time, and what <c>/health/ready</c> says of them. A restart mends none of them, so <c>/health/live</c> stays good.</summary>
[TestFixture]
internal sealed class ReadinessFaultTests
{
    private ProductServer _server = null!;
    private Caller _caller = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await ProductServer.StartAsync(DatabaseProvider.Sqlite);
        _caller = _server.Anonymous();
        await ReadyAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Ready_WhenAnotherProgramHoldsSqlitesLock_SaysLocked()
    {
        var path = ((SqliteDatabaseSettings)_server.Settings.Database).Path;
        await using (var other = new SqliteConnection($"Data Source={path};Pooling=false"))
        {
            await other.OpenAsync();
            await using var transaction = other.BeginTransaction(deferred: false);
            await FailsAsync("database", "The database is locked: for seconds nothing could be written.");
        }

        await ReadyAsync();
    }

    [Test]
    public async Task Ready_WhenSqlitesFileIsGone_SaysThatItCantBeRead()
    {
        var path = ((SqliteDatabaseSettings)_server.Settings.Database).Path;
        File.Move(path, path + ".away");
        await FailsAsync("database", "The database's file can't be read.");

        File.Move(path + ".away", path);
        await ReadyAsync();
    }

    [Test]
    public async Task Ready_WhenTheDiskOfTheCodeIsFull_SaysSo()
    {
        if (!OperatingSystem.IsLinux())
            return;

        // What this device answers to every write is what a full disk answers.
        var probe = Path.Combine(_server.PlatformFolder, ".staging", CodeStorageReadiness.ProbeName);
        File.Delete(probe);
        File.CreateSymbolicLink(probe, "/dev/full");
        await FailsAsync("code", "The disk that holds agents' code is full.");

        File.Delete(probe);
        await ReadyAsync();
    }

    [Test]
    public async Task Ready_WhenTheCodesFolderCantBeWrittenTo_SaysSo()
    {
        // The tests may run as root, whom no mode stops; but nobody makes a file in a folder that isn't there.
        var probe = Path.Combine(_server.PlatformFolder, ".staging", CodeStorageReadiness.ProbeName);
        File.Delete(probe);
        File.CreateSymbolicLink(probe, Path.Combine(_server.PlatformFolder, "no-such-folder", "probe"));
        await FailsAsync("code", "The folder that holds agents' code can't be written to.");

        File.Delete(probe);
        await ReadyAsync();
    }

    [Test]
    public async Task Ready_WhenNoKeyOpens_SaysThatSecretsCantBeRead()
    {
        _server.Services.GetRequiredService<KeyRing>().Load([]);

        await FailsAsync("secrets", "Stored secrets can't be read: none of the keys in the database opens with this SECRET_KEY.");
    }

    private Task ReadyAsync() => Eventually.GetAsync(() => _caller.GetAsync("/health/ready"), reply => reply.Status == HttpStatusCode.OK, "the server to be ready");

    private Task FailsAsync(string part, string sentence) => ReadinessReply.FailsAsync(_caller, part, sentence);
}

[TestFixture]
internal sealed class PostgreSqlReadinessTests
{
    [Test]
    public async Task Ready_WhenPostgreSqlIsAwayOrReadOnly_SaysWhich()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        await using var server = await ProductServer.StartAsync(DatabaseProvider.PostgreSql, shared: database);
        using var caller = server.Anonymous();

        await database.SetReachableAsync(false);
        await ReadinessReply.FailsAsync(caller, "database", "The database doesn't answer.");

        await database.SetReachableAsync(true);
        await Eventually.GetAsync(() => caller.GetAsync("/health/ready"), reply => reply.Status == HttpStatusCode.OK, "the server to be ready");

        await SetReadOnlyAsync(database, isReadOnly: true);
        await ReadinessReply.FailsAsync(caller, "database", "The database can only be read: it is a standby, or was made read-only.");

        await SetReadOnlyAsync(database, isReadOnly: false);
        await Eventually.GetAsync(() => caller.GetAsync("/health/ready"), reply => reply.Status == HttpStatusCode.OK, "the server to be ready");
    }

    private static async Task SetReadOnlyAsync(TestDatabase database, bool isReadOnly)
    {
        // What a connection asks for itself goes before what the database says.
        var mayWrite = new NpgsqlConnectionStringBuilder(database.Options.ConnectionString) { Options = "-c default_transaction_read_only=off", Pooling = false };
        await using (var connection = new NpgsqlConnection(mayWrite.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = $"ALTER DATABASE \"{connection.Database}\" SET default_transaction_read_only = {(isReadOnly ? "on" : "off")}";
            await command.ExecuteNonQueryAsync();
        }

        // It holds for new connections.
        await database.SetReachableAsync(false);
        await database.SetReachableAsync(true);
    }
}

internal static class ReadinessReply
{
    public static async Task FailsAsync(Caller caller, string part, string sentence)
    {
        var reply = await Eventually.GetAsync(
            () => caller.GetAsync("/health/ready"),
            reply => reply.Status == HttpStatusCode.ServiceUnavailable
                && reply.Body.GetProperty("errors").TryGetProperty(part, out var said) && said[0].GetString() == sentence,
            $"{part}: {sentence}");
        var live = await caller.GetAsync("/health/live");

        Assert.That(reply.Text("detail"), Does.Contain($"{part}: {sentence}"));
        Assert.That(live.Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
