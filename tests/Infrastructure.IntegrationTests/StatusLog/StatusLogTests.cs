using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.StatusLog;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class StatusLogTests(DatabaseProvider provider)
{
    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;
    private Guid _owner;

    [SetUp]
    public async Task SetUp()
    {
        _database = await TestDatabase.CreateAsync(provider);
        _server = await StatusLogServer.StartAsync(_database.Options);
        await _server.CreateSchemaAsync();
        _owner = await _server.AddOwnerAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Append_WhenAnArrayIsReported_KeepsItsOrder()
    {
        var entries = Enumerable.Range(1, 700)
            .Select(number => Entry(_owner, "agent", $"topic {number % 3}", message: number.ToString(CultureInfo.InvariantCulture)))
            .ToList();

        var outcomes = await _server.Log.AppendAsync(entries, CancellationToken.None);

        Assert.That(outcomes, Has.All.Property("Failure").Null);
        var stored = (await _server.ReportsAsync()).OrderBy(report => report.ReceivedAt).ToList();
        Assert.That(stored.Select(report => report.Message), Is.EqualTo(entries.Select(entry => entry.Content.Message)));
        Assert.That(stored.Select(report => report.ReceivedAt), Is.Unique);
        await AssertHistoriesAreWholeAsync();
    }

    [Test]
    public async Task Append_WhenManyReportAtOnce_StoresEachOnceAndSessionsAgreeWithTheirHistory()
    {
        var failures = await HammerAsync([_server], writers: 32, reportsEach: 25);

        Assert.That(failures, Is.Empty);
        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(32 * 25));
        await AssertHistoriesAreWholeAsync();
    }

    [Test]
    public async Task Append_WhenTwoServersWriteSideBySide_NothingIsLostAndNobodyDeadlocks()
    {
        await using var other = await StatusLogServer.StartAsync(_database.Options);

        var failures = await HammerAsync([_server, other], writers: 32, reportsEach: 25);

        Assert.That(failures, Is.Empty);
        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(32 * 25));
        await AssertHistoriesAreWholeAsync();
        await other.Writer.StopAsync(CancellationToken.None);
        await _server.Writer.StopAsync(CancellationToken.None);
        Assert.That(await _server.CountDeadlocksAsync(), Is.Zero);
    }

    [Test]
    public async Task Append_WhenOneReportIsPoisoned_ItFailsAlone()
    {
        await _server.ExecuteAsync(provider == DatabaseProvider.Sqlite
            ? "CREATE TRIGGER poison BEFORE INSERT ON status_reports WHEN NEW.message = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END"
            : """
              CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''poison''; END';
              CREATE TRIGGER poison BEFORE INSERT ON status_reports FOR EACH ROW WHEN (NEW.message = 'poison') EXECUTE FUNCTION refuse()
              """);
        var entries = Enumerable.Range(0, 100).Select(i => Entry(_owner, "agent", "topic", message: i is 13 or 77 ? "poison" : $"{i}")).ToList();

        var outcomes = await _server.Log.AppendAsync(entries, CancellationToken.None);

        var refused = Enumerable.Range(0, 100).Where(i => outcomes[i].Failure is not null).ToList();
        Assert.That(refused, Is.EqualTo([13, 77]));
        Assert.That((await _server.ReportsAsync()).OrderBy(report => report.Sequence).Select(report => report.Message),
            Is.EqualTo(entries.Select(entry => entry.Content.Message).Where(message => message != "poison")));
        await AssertHistoriesAreWholeAsync();
    }

    [Test]
    public async Task Append_WhenAnEventIdRepeats_IsAcknowledgedAndStoredOnce()
    {
        await using var other = await StatusLogServer.StartAsync(_database.Options);
        var entry = Entry(_owner, "agent", "topic", eventId: "event");

        var array = await _server.Log.AppendAsync([entry, entry, entry], CancellationToken.None);
        var later = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? _server : other).ReportAsync(entry)));
        await _server.ReportAsync(Entry(_owner, "another agent", "topic", eventId: "event"));

        Assert.That(array, Has.All.Property("Failure").Null);
        Assert.That(later, Has.All.Null);
        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Append_WhenAFirstEventIdRacesOnTwoServers_IsStoredOnce()
    {
        await using var other = await StatusLogServer.StartAsync(_database.Options);
        for (var round = 0; round < 20; round++)
        {
            var entry = Entry(_owner, $"agent {round}", "topic", eventId: "event");
            var failures = await Task.WhenAll(_server.ReportAsync(entry), other.ReportAsync(entry));
            Assert.That(failures, Has.All.Null);
        }

        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(20));
    }

    [Test]
    public async Task Append_WhenThereIsNoRoom_RefusesTheWholeAndTakesLaterOnes()
    {
        await using var server = new StatusLogServer(_database.Options, new StatusLogOptions { Capacity = 2 });
        var waiting = server.ReportAsync(Entry(_owner, "agent", "waits"));

        Assert.That(
            () => server.Log.AppendAsync([Entry(_owner, "agent", "too"), Entry(_owner, "agent", "many")], CancellationToken.None),
            Throws.TypeOf<UnavailableException>());
        var fits = server.ReportAsync(Entry(_owner, "agent", "fits"));
        await server.Writer.StartAsync(CancellationToken.None);

        Assert.That(await Task.WhenAll(waiting, fits), Has.All.Null);
        Assert.That(await server.ReportAsync(Entry(_owner, "agent", "room again")), Is.Null);
        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Stop_WhileReportsWait_CommitsOrRefusesEachOfThem()
    {
        var reports = Enumerable.Range(0, 300).Select(i => _server.ReportAsync(Entry(_owner, "agent", $"{i}"))).ToList();
        await _server.Writer.StopAsync(CancellationToken.None);
        var failures = await Task.WhenAll(reports);
        var late = await _server.ReportAsync(Entry(_owner, "agent", "late"));

        Assert.That(failures.Where(failure => failure is not null), Has.All.TypeOf<UnavailableException>());
        Assert.That(late, Is.TypeOf<UnavailableException>());
        Assert.That(await _server.ReportsAsync(), Has.Count.EqualTo(failures.Count(failure => failure is null)));
    }

    [Test]
    public async Task Append_WhenTheDatabaseGoesAway_RefusesAndRecovers()
    {
        if (provider != DatabaseProvider.PostgreSql)
            return; // A file doesn't go away.

        await _server.ReportAsync(Entry(_owner, "agent", "before"));
        await _database.SetReachableAsync(false);
        var during = await _server.ReportAsync(Entry(_owner, "agent", "during"));
        await _database.SetReachableAsync(true);
        var after = await _server.ReportAsync(Entry(_owner, "agent", "after"));

        Assert.That(during, Is.TypeOf<UnavailableException>());
        Assert.That(after, Is.Null);
    }

    [Test]
    public async Task Append_WhenTheUuidOfADeployedAgentIsReported_ItIsThatAgentForItsOwnerOnly()
    {
        var (_, deployed) = await DeployAsync();
        var stranger = await _server.AddOwnerAsync();

        await _server.ReportAsync(Entry(_owner, deployed.ToString().ToUpperInvariant(), "mine"));
        await _server.ReportAsync(Entry(stranger, deployed.ToString(), "theirs"));

        var agents = await _server.QueryAsync(database => database.Agents.AsNoTracking().Include(agent => agent.Activity).ToListAsync());
        Assert.That(agents, Has.Count.EqualTo(2));
        Assert.That(agents.Single(agent => agent.Id == deployed).Activity!.LastSeen, Is.Not.Null);
        Assert.That(agents.Single(agent => agent.OwnerId == stranger),
            Has.Property(nameof(Agent.Kind)).EqualTo(AgentKind.Reported).And.Property(nameof(Agent.Key)).EqualTo(deployed.ToString()));
    }

    [Test]
    public async Task Append_WhenABoundKeysAgentIsGone_RegistersNothing()
    {
        var gone = Guid.CreateVersion7();

        var failure = await _server.ReportAsync(Entry(_owner, gone.ToString(), "topic", boundTo: gone));

        Assert.That(failure, Is.TypeOf<NotFoundException>());
        Assert.That(await _server.QueryAsync(database => database.Agents.CountAsync()), Is.Zero);
    }

    [Test]
    public async Task Append_WhileAgentsRowsAreDeleted_FailsNobodyElse()
    {
        for (var round = 0; round < 10; round++)
        {
            var (_, deployed) = await DeployAsync();
            await _server.ReportAsync(Entry(_owner, deployed.ToString(), "topic", boundTo: deployed));
            var dying = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _server.ReportAsync(Entry(_owner, deployed.ToString(), "topic", boundTo: deployed))));
            var others = Task.WhenAll(Enumerable.Range(0, 10).Select(i => _server.ReportAsync(Entry(_owner, $"other {i}", "topic"))));
            await _server.RemoveAgentAsync(deployed);

            Assert.That(await others, Has.All.Null);
            Assert.That((await dying).Where(failure => failure is not null), Has.All.TypeOf<NotFoundException>());
            Assert.That(await _server.QueryAsync(database => database.Sessions.CountAsync(session => session.AgentId == deployed)), Is.Zero);
        }
    }

    [Test]
    public async Task AppendAsync_WhenSessionsFollowEachOther_TheAgentsActivityTellsTheNewest()
    {
        await _server.ReportAsync(Entry(_owner, "agent", "one", SessionStatus.Running, "older"));
        await _server.ReportAsync(Entry(_owner, "agent", "two", SessionStatus.WaitingForInput, "newest"));
        await _server.ReportAsync(Entry(_owner, "other", "one", SessionStatus.Failed));

        var activities = await _server.QueryAsync(database => database.Agents
            .OrderBy(agent => agent.Key)
            .Select(agent => agent.Activity!)
            .Select(activity => new { activity.SessionCount, activity.ActiveSessionCount, activity.LatestStatus, activity.LatestMessage, activity.Version })
            .ToListAsync());

        Assert.That(activities[0], Is.EqualTo(new
        {
            SessionCount = 2,
            ActiveSessionCount = 2,
            LatestStatus = (SessionState?)SessionState.WaitingForInput,
            LatestMessage = (string?)"newest",
            Version = 2L,
        }));
        Assert.That(activities[1], Is.EqualTo(new
        {
            SessionCount = 1,
            ActiveSessionCount = 1,
            LatestStatus = (SessionState?)SessionState.Failed,
            LatestMessage = (string?)null,
            Version = 1L,
        }));
    }

    private async Task<List<Exception>> HammerAsync(StatusLogServer[] servers, int writers, int reportsEach)
    {
        var statuses = Enum.GetValues<SessionStatus>();
        var failures = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var failed = new List<Exception>();
            for (var i = 0; i < reportsEach; i++)
            {
                // New agents and sessions all along, so that servers race for registering them too.
                var entry = Entry(_owner, $"agent {(writer + i) % 10}{i / 10}", $"topic {i % 3}", statuses[(writer + i) % statuses.Length]);
                if (await servers[writer % servers.Length].ReportAsync(entry) is { } failure)
                    failed.Add(failure);
            }

            return failed;
        })));
        return failures.SelectMany(failed => failed).ToList();
    }

    private async Task AssertHistoriesAreWholeAsync() => Assert.That(await _server.QueryAsync(SessionReplay.FindDifferencesAsync), Is.Empty);

    private Task<(Guid StackId, Guid AgentId)> DeployAsync() => _server.QueryAsync(async database =>
    {
        var now = DateTimeOffset.UtcNow;
        var stack = Stack.Create(_owner, "stack", description: null, now);
        var agent = stack.AddAgent(Guid.CreateVersion7(), "deployed", description: null, _owner, now);
        database.Add(stack);
        database.Add(agent);
        await database.SaveChangesAsync();
        return (stack.Id, agent.Id);
    });
}
