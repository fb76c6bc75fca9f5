using System.Globalization;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.StatusLog;

/// <summary>A report whose first attempt fails isn't its own repetition: what is acknowledged is stored.</summary>
public sealed class RepeatedAttemptTests
{
    private TestDatabase _database;
    private StatusLogServer _server;
    private Guid _owner;

    [SetUp]
    public async Task SetUpAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        _server = await StartAsync(_database.Options);
        await _server.CreateSchemaAsync();
        _owner = await _server.AddOwnerAsync();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Append_WhenAnotherServerChangedTheAgentMeanwhile_StoresTheReportAllTheSame()
    {
        await using var other = await StartAsync(_database.Options);
        for (var turn = 0; turn < 6; turn++)
            Assert.That(await (turn % 2 == 0 ? _server : other).ReportAsync(Numbered(turn)), Is.Null);

        Assert.That(await StoredAsync(), Is.EqualTo(new[] { "0", "1", "2", "3", "4", "5" }));
    }

    [Test]
    public async Task Append_WhenTheWritersConnectionWasCut_StoresTheReportAllTheSame()
    {
        await _server.ReportAsync(Numbered(0));
        await _server.ExecuteAsync(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'stackagent-reports'");

        Assert.That(await _server.ReportAsync(Numbered(1)), Is.Null);
        Assert.That(await StoredAsync(), Is.EqualTo(new[] { "0", "1" }));
    }

    private Application.Sessions.StatusReportEntry Numbered(int number) =>
        Entry(_owner, "agent", "topic", eventId: number.ToString(CultureInfo.InvariantCulture));

    private async Task<IEnumerable<string?>> StoredAsync() =>
        (await _server.ReportsAsync()).Select(report => report.EventId).Order(StringComparer.Ordinal);
}
