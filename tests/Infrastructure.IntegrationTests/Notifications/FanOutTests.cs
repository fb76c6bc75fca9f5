using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Events;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Notifications.FanOut;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class FanOutTests(DatabaseProvider provider)
{
    private const string Url = "https://receiver.example/hook";
    private static readonly EndpointSettings Everything = new(Url, null, NotificationFormat.Standard, [], null, null, []);
    private static readonly EndpointSettings Failures = Everything with { Statuses = ["failed"] };

    private ManualTimeProvider _clock = null!;
    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;
    private Guid _owner;

    [SetUp]
    public async Task SetUp()
    {
        _clock = new ManualTimeProvider();
        _database = await TestDatabase.CreateAsync(provider);
        _server = await StatusLogServer.StartAsync(_database.Options, time: _clock);
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
    public async Task Pass_WhenEndpointsChoose_EachGetsWhatItWants()
    {
        var stranger = await _server.AddOwnerAsync();
        var all = await AddAsync(Everything);
        var sessions = await AddAsync(Everything with { EventTypes = ["session.*"] });
        var one = await AddAsync(Everything with { AgentId = "one", EventTypes = [EventTypes.SessionStatusChanged] });
        var ended = await AddAsync(Everything with { Statuses = ["success", "failed"] });
        var stack = await AddAsync(Everything with { StackId = Guid.NewGuid() });
        var disabled = await AddAsync(Everything, endpoint => endpoint.Disable(_clock.GetUtcNow()));
        var theirs = await AddAsync(Everything, owner: stranger);

        await ReportAsync("one", SessionStatus.Running);
        await ReportAsync("two", SessionStatus.Running);
        await ReportAsync("one", SessionStatus.Success);
        await _server.FanOut.PassAsync(CancellationToken.None);

        var deliveries = await DeliveriesAsync();
        var told = deliveries.ToLookup(delivery => delivery.EndpointId);
        Assert.Multiple(() =>
        {
            Assert.That(told[all].Count(), Is.EqualTo(5), "two registrations and three changes");
            Assert.That(told[sessions].Count(), Is.EqualTo(3));
            Assert.That(told[one].Count(), Is.EqualTo(2));
            Assert.That(told[ended].Count(), Is.EqualTo(1));
            Assert.That(told[stack].Concat(told[disabled]).Concat(told[theirs]), Is.Empty);
            Assert.That(deliveries, Has.All.Property("State").EqualTo(DeliveryState.Pending).And.Property("OwnerId").EqualTo(_owner));
            Assert.That(told[one].Select(delivery => delivery.OrderKey).Distinct().Count(), Is.EqualTo(1), "a session's changes go in a line");
            Assert.That(told[one].Select(delivery => delivery.Sequence), Is.Ordered.And.Unique);
        });
        Assert.That(await _server.QueryAsync(db => db.Notifications.CountAsync()), Is.EqualTo(5), "one for all that are told of an event");
    }

    [Test]
    public async Task Pass_WhenServersPassAtOnce_EachEventIsTakenOnce()
    {
        var endpoint = await AddAsync(Everything with { EventTypes = [EventTypes.SessionStatusChanged] });
        await using var other = new StatusLogServer(_database.Options, time: _clock);
        var entries = Enumerable.Range(0, 1200).Select(i => Entry(_owner, $"agent {i % 7}", $"topic {i}")).ToList();
        Assert.That(await _server.Log.AppendAsync(entries, CancellationToken.None), Has.All.Property("Failure").Null);

        await Task.WhenAll(_server.FanOut.PassAsync(CancellationToken.None), other.FanOut.PassAsync(CancellationToken.None));
        await other.FanOut.PassAsync(CancellationToken.None);

        var deliveries = await DeliveriesAsync();
        var events = await _server.EventsAsync(EventTypes.SessionStatusChanged);
        Assert.Multiple(() =>
        {
            Assert.That(deliveries.Select(delivery => delivery.Sequence), Is.EqualTo(events.Select(record => record.Id)));
            Assert.That(deliveries, Has.All.Property("EndpointId").EqualTo(endpoint));
        });
    }

    [Test]
    public async Task Pass_WhenNobodyWanted_ALaterEndpointHearsOnlyOfWhatComesLater()
    {
        await ReportAsync("agent", SessionStatus.Running);
        await _server.FanOut.PassAsync(CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(6));
        await _server.FanOut.PassAsync(CancellationToken.None);
        var cursor = await _server.QueryAsync(db => db.NotificationCursors.Select(row => row.EventId).SingleAsync());
        var newest = await _server.QueryAsync(db => db.Events.MaxAsync(record => record.Id));

        await AddAsync(Everything);
        await ReportAsync("agent", SessionStatus.Success);
        await using var restarted = new StatusLogServer(_database.Options, time: _clock);
        await restarted.FanOut.PassAsync(CancellationToken.None);

        Assert.That(cursor, Is.EqualTo(newest), "events that nobody wants don't have to be kept");
        Assert.That((await NotificationsAsync()).Select(notification => notification.Status), Is.EqualTo(new[] { "success" }));
    }

    [Test]
    public async Task Pass_WhenAnAgentIsMuted_ItsDeliveriesAreKeptAndNeverSent()
    {
        await AddAsync(Failures);
        await ReportAsync("loud", SessionStatus.Running);
        var agent = await _server.QueryAsync(db => db.Agents.Select(row => row.Id).SingleAsync());
        await _server.QueryAsync(db =>
        {
            var now = _clock.GetUtcNow();
            db.NotificationMutes.Add(new NotificationMute
            {
                OwnerId = _owner,
                SubjectId = agent,
                Subject = MuteSubject.Agent,
                Until = now.AddMinutes(10),
                CreatedAt = now,
            });
            return db.SaveChangesAsync();
        });
        await ReportAsync("loud", SessionStatus.Failed, "one");
        await ReportAsync("quiet", SessionStatus.Failed, "two");
        _clock.Advance(TimeSpan.FromMinutes(10));
        await ReportAsync("loud", SessionStatus.Running);
        await ReportAsync("loud", SessionStatus.Failed, "three");
        await _server.FanOut.PassAsync(CancellationToken.None);

        var deliveries = await DeliveriesAsync();
        Assert.That(
            deliveries.Select(delivery => (delivery.State, delivery.NextAttemptAt is null, delivery.FinishedAt is null)),
            Is.EqualTo(new[] { (DeliveryState.Muted, true, false), (DeliveryState.Pending, false, true), (DeliveryState.Pending, false, true) }));
    }

    [Test]
    public async Task Pass_WhenAFailureRepeats_TheFirstGoesAtOnceAndTheRestAreCounted()
    {
        await AddAsync(Failures);
        var start = _clock.GetUtcNow();
        await FailAsync("agent", "boom");
        await _server.FanOut.PassAsync(CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            await FailAsync("agent", "boom", $"topic {i}");
            await FailAsync("agent", i == 1 ? "another" : "boom", $"more {i}");
            await FailAsync("other agent", "boom", $"topic {i}");
        }

        await _server.FanOut.PassAsync(CancellationToken.None);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await FailAsync("agent", "boom", "again");
        await _server.FanOut.PassAsync(CancellationToken.None);

        var told = (await NotificationsAsync()).Select(Describe).ToList();
        var summary = (await DeliveriesAsync()).Single(delivery => delivery.NextAttemptAt > _clock.GetUtcNow() && delivery.Fingerprint != null
            && delivery.NextAttemptAt < start + FailureFolding.Window + TimeSpan.FromSeconds(1));
        Assert.Multiple(() =>
        {
            Assert.That(told, Is.EquivalentTo(new[]
            {
                "agent boom 0", "agent boom 6", "agent another 0", "other agent boom 0", "other agent boom 2",
            }));
            Assert.That(summary.FoldUntil - summary.NextAttemptAt, Is.EqualTo(FailureFolding.Window));
        });
    }

    [Test]
    public async Task Pass_WhenTheWindowIsOver_TheNextFailureGoesAtOnce()
    {
        await AddAsync(Failures);
        await FailAsync("agent", "boom");
        await _server.FanOut.PassAsync(CancellationToken.None);
        _clock.Advance(FailureFolding.Window + TimeSpan.FromSeconds(1));
        await FailAsync("agent", "boom");
        await _server.FanOut.PassAsync(CancellationToken.None);

        Assert.Multiple(async () =>
        {
            Assert.That((await NotificationsAsync()).Select(Describe), Is.EqualTo(new[] { "agent boom 0", "agent boom 0" }));
            Assert.That((await DeliveriesAsync()).Select(delivery => delivery.NextAttemptAt), Has.All.LessThanOrEqualTo(_clock.GetUtcNow()));
        });
    }

    [Test]
    public async Task Pass_WhenTheSummaryIsInAWorkersHands_TheNextFailureStartsAnother()
    {
        await AddAsync(Failures);
        await FailAsync("agent", "boom", "first");
        await FailAsync("agent", "boom", "second");
        await _server.FanOut.PassAsync(CancellationToken.None);
        _clock.Advance(FailureFolding.Window);
        await _server.QueryAsync(db => db.NotificationDeliveries
            .ExecuteUpdateAsync(set => set.SetProperty(delivery => delivery.ClaimedUntil, _clock.GetUtcNow().AddMinutes(1))));
        await FailAsync("agent", "boom", "third");
        await _server.FanOut.PassAsync(CancellationToken.None);

        Assert.That((await NotificationsAsync()).Select(Describe), Is.EqualTo(new[] { "agent boom 0", "agent boom 1", "agent boom 1" }));
    }

    [Test]
    public async Task Pass_WhenTheFirstFailureIsPutOff_ItStaysAsItIs()
    {
        await AddAsync(Failures);
        await FailAsync("agent", "boom");
        await _server.FanOut.PassAsync(CancellationToken.None);
        await _server.QueryAsync(db => db.NotificationDeliveries
            .ExecuteUpdateAsync(set => set.SetProperty(delivery => delivery.NextAttemptAt, _clock.GetUtcNow().AddHours(1))));
        await FailAsync("agent", "boom");
        await FailAsync("agent", "another");
        await _server.FanOut.PassAsync(CancellationToken.None);

        Assert.That((await NotificationsAsync()).Select(Describe), Is.EqualTo(new[] { "agent boom 0", "agent boom 1", "agent another 0" }));
    }

    [Test]
    public async Task Pass_WhenSomethingElseIsTold_TheSummaryGoesBeforeIt()
    {
        await AddAsync(Everything with { Statuses = ["failed", "success"] });
        await FailAsync("agent", "boom", "first");
        await FailAsync("agent", "boom", "second");
        await _server.FanOut.PassAsync(CancellationToken.None);
        await ReportAsync("agent", SessionStatus.Success, topic: "second");
        await _server.FanOut.PassAsync(CancellationToken.None);

        var deliveries = await DeliveriesAsync();
        Assert.Multiple(() =>
        {
            Assert.That(deliveries, Has.Count.EqualTo(3));
            Assert.That(deliveries, Has.All.Property("NextAttemptAt").LessThanOrEqualTo(_clock.GetUtcNow()));
            Assert.That(deliveries[2].AfterId, Is.EqualTo(deliveries[1].Id));
        });
    }

    [Test]
    public async Task Pass_WhenASettingsEndpointListens_ItGetsWhatKubeagentsSentAndEachFailure()
    {
        var stranger = await _server.AddOwnerAsync();
        var now = _clock.GetUtcNow();
        var account = await AddAsync(NotificationEndpoint.ForAccount(_owner, Url, now));
        var server = await AddAsync(NotificationEndpoint.ForServer(Url, now));
        await ReportAsync("agent", SessionStatus.Failed, "not from running");
        foreach (var status in new[] { SessionStatus.Success, SessionStatus.Failed, SessionStatus.Pending, SessionStatus.WaitingForInput })
        {
            await ReportAsync("agent", SessionStatus.Running);
            await ReportAsync("agent", status, "boom");
        }

        await FailAsync("agent", "boom");
        Assert.That(await _server.ReportAsync(Entry(stranger, "theirs", "topic")), Is.Null);
        Assert.That(await _server.ReportAsync(Entry(stranger, "theirs", "topic", SessionStatus.Success)), Is.Null);
        await _server.FanOut.PassAsync(CancellationToken.None);

        var told = (await DeliveriesAsync()).ToLookup(delivery => delivery.EndpointId);
        Assert.Multiple(() =>
        {
            Assert.That(told[account].Count(), Is.EqualTo(4));
            Assert.That(told[server].Count(), Is.EqualTo(5), "everybody's");
            Assert.That(told[server], Has.All.Property("OwnerId").Null);
        });
    }

    private static string Describe(Notification notification)
    {
        using var data = JsonDocument.Parse(notification.Data);
        var count = data.RootElement.TryGetProperty("repeated", out var repeated) ? repeated.GetProperty("count").GetInt32() : 0;
        return $"{notification.AgentKey} {data.RootElement.GetProperty("message").GetString()} {count}";
    }

    private async Task FailAsync(string agent, string message, string topic = "topic")
    {
        await ReportAsync(agent, SessionStatus.Running, topic: topic);
        await ReportAsync(agent, SessionStatus.Failed, message, topic);
    }

    /// <summary>A moment of its own for each report.</summary>
    private async Task ReportAsync(string agent, SessionStatus status, string? message = null, string topic = "topic")
    {
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(await _server.ReportAsync(Entry(_owner, agent, topic, status, message)), Is.Null);
    }

    private Task<Guid> AddAsync(EndpointSettings settings, Action<NotificationEndpoint>? change = null, Guid? owner = null)
    {
        var endpoint = NotificationEndpoint.Create(owner ?? _owner, settings, "protected", _clock.GetUtcNow());
        change?.Invoke(endpoint);
        return AddAsync(endpoint);
    }

    private Task<Guid> AddAsync(NotificationEndpoint endpoint) => _server.QueryAsync(async db =>
    {
        db.NotificationEndpoints.Add(endpoint);
        await db.SaveChangesAsync();
        return endpoint.Id;
    });

    private Task<List<NotificationDelivery>> DeliveriesAsync() =>
        _server.QueryAsync(db => db.NotificationDeliveries.AsNoTracking().OrderBy(delivery => delivery.Sequence).ToListAsync());

    private Task<List<Notification>> NotificationsAsync() =>
        _server.QueryAsync(db => db.Notifications.AsNoTracking().OrderBy(notification => notification.EventId).ToListAsync());
}
