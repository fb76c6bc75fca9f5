using Npgsql;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Events;

/// <summary>Two servers on one PostgreSQL.</summary>
[TestFixture]
internal sealed class SeveralServersTests
{
    private static readonly Dictionary<string, string> SharedSecret = new(StringComparer.Ordinal) { ["SECRET_KEY"] = new string('s', 40) };

    private TestDatabase _database;
    private ProductServer _first;
    private ProductServer _second;
    private Caller _caller;
    private SseReader _stream;

    [SetUp]
    public async Task StartAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        _first = await ProductServer.StartAsync(DatabaseProvider.PostgreSql, environment: SharedSecret, shared: _database);
        _second = await ProductServer.StartAsync(DatabaseProvider.PostgreSql, environment: SharedSecret, shared: _database);
        _caller = await _first.NewCallerAsync();
        _stream = await SseReader.OpenAsync(_caller.Http, "/api/events");
    }

    [TearDown]
    public async Task EndAsync()
    {
        _stream.Dispose();
        _caller.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Follow_WhenItHappensOnAnotherServer_IsTold()
    {
        await _second.AppendAsync(EventRows.Of(_caller.UserId, "there"));
        Assert.That((await _stream.ReadAsync())!.Text(), Is.EqualTo("there"));

        using var elsewhere = new HttpClient { BaseAddress = _second.Address };
        elsewhere.DefaultRequestHeaders.Authorization = _caller.Http.DefaultRequestHeaders.Authorization;
        using var resumed = await SseReader.OpenAsync(elsewhere, "/api/events", _stream.LastEventId);
        await _first.AppendAsync(EventRows.Of(_caller.UserId, "here"));
        foreach (var stream in new[] { _stream, resumed })
            Assert.That((await stream.ReadAsync())!.Text(), Is.EqualTo("here"));
    }

    [Test]
    public async Task Follow_WhenListeningIsCutOffAgainAndAgain_MissesNothing()
    {
        const int Rounds = 20;
        var cut = 0;
        for (var round = 0; round < Rounds; round++)
        {
            await _second.AppendAsync(EventRows.Numbered(_caller.UserId, round * 2, 1));
            cut += await CutListenersAsync();
            await _second.AppendAsync(EventRows.Numbered(_caller.UserId, (round * 2) + 1, 1));
        }

        var texts = (await _stream.ReadAsync(2 * Rounds)).Select(block => int.Parse(block.Text(), System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(texts, Is.EqualTo(Enumerable.Range(0, 2 * Rounds)));
        Assert.That(cut, Is.GreaterThan(0));
        await Eventually.TrueAsync(async () => await CutListenersAsync() > 0, "the servers to listen again");
    }

    [Test]
    public async Task Follow_WhenTheDatabaseWasAway_GoesOnWithoutAGap()
    {
        await _second.AppendAsync(EventRows.Of(_caller.UserId, "before"));
        await _database.SetReachableAsync(false);
        await _database.SetReachableAsync(true);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await _second.AppendAsync(EventRows.Of(_caller.UserId, "after"));
                    return true;
                }
                catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
                {
                    return false;
                }
            },
            "the database to take events again");

        Assert.That((await _stream.ReadAsync(2)).Select(block => block.Text()), Is.EqualTo(["before", "after"]));
    }

    private async Task<int> CutListenersAsync()
    {
        await using var connection = new NpgsqlConnection(_database.Options.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'", connection);
        return Convert.ToInt32(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
