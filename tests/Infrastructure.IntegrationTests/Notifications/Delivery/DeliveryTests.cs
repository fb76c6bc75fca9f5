using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Events;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Notifications.Delivery;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Delivery;

/// <summary>What becomes of a delivery, by what its receiver answers.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class DeliveryTests(DatabaseProvider provider)
{
    private readonly ManualTimeProvider _clock = new();
    private Func<ReceivedWebhook, HttpContext, Task>? _answer;
    private TestDatabase _database = null!;
    private WebhookReceiver _receiver = null!;
    private DeliveryServer _server = null!;
    private Guid _owner;
    private NotificationEndpoint _endpoint = null!;

    private DateTimeOffset Now => _clock.GetUtcNow();

    [SetUp]
    public async Task SetUp()
    {
        _answer = null;
        _database = await TestDatabase.CreateAsync(provider);
        _receiver = await WebhookReceiver.StartAsync((webhook, context) => _answer?.Invoke(webhook, context) ?? Task.CompletedTask);
        _server = new DeliveryServer(_database.Options, _clock);
        _owner = await _server.CreateSchemaAsync();
        _endpoint = await _server.AddEndpointAsync(_owner, _receiver.At("hook"));
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Worker_WhenTheReceiverTakesIt_ItIsDeliveredAndOnRecord()
    {
        _answer = (_, context) => context.Response.WriteAsync("thanks");
        var delivery = await _server.AddAsync(_endpoint);
        await StartAsync();

        var done = await StateAsync(delivery, DeliveryState.Delivered);
        var attempt = (await _server.AttemptsAsync(delivery.Id)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((done.Attempts, done.NextAttemptAt, done.ClaimedUntil, done.FinishedAt), Is.EqualTo((1, (DateTimeOffset?)null, (DateTimeOffset?)null, (DateTimeOffset?)Now)));
            Assert.That((done.LastStatusCode, done.LastError), Is.EqualTo(((int?)200, (string?)null)));
            Assert.That((attempt.Number, attempt.StatusCode, attempt.Answer, attempt.At), Is.EqualTo((1, (int?)200, (string?)"thanks", Now)));
            Assert.That(_receiver.Received.Single().Id, Is.EqualTo(Notification.WebhookIdOf(delivery.NotificationId)));
        });
    }

    [Test]
    public async Task Worker_WhenEveryTryFails_ItKeepsToTheScheduleAndThenGivesUp()
    {
        AnswerWith(StatusCodes.Status500InternalServerError);
        var delivery = await _server.AddAsync(_endpoint);
        await StartAsync();

        foreach (var (number, delay) in RetrySchedule.Delays.Index())
        {
            var waiting = await AttemptsAsync(delivery, number + 1);
            var wait = waiting.NextAttemptAt!.Value - Now;
            Assert.That(wait, Is.InRange(delay * 0.9, delay * 1.1), $"after failure {number + 1}");
            Assert.That((waiting.State, waiting.LastStatusCode, waiting.ClaimedUntil), Is.EqualTo((DeliveryState.Pending, (int?)500, (DateTimeOffset?)null)));

            _clock.Advance(wait - TimeSpan.FromMilliseconds(1));
            await LookAsync();
            Assert.That(_receiver.ReceivedCount, Is.EqualTo(number + 1), "not before its time");
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        var over = await StateAsync(delivery, DeliveryState.Failed);
        Assert.That((over.Attempts, over.NextAttemptAt, over.FinishedAt), Is.EqualTo((8, (DateTimeOffset?)null, (DateTimeOffset?)Now)));
        Assert.That((await _server.AttemptsAsync(delivery.Id)).Select(attempt => attempt.Number), Is.EqualTo(Enumerable.Range(1, 8)));
        Assert.That(_receiver.Received.Select(webhook => webhook.Id).Distinct().Count(), Is.EqualTo(1), "always the same id");
    }

    [TestCase("7200", 7200)]
    [TestCase("99999999", 24 * 3600)]
    public async Task Worker_WhenTheReceiverAsksForTime_ItGetsIt(string asked, int seconds)
    {
        AnswerWith(StatusCodes.Status503ServiceUnavailable, asked);
        var delivery = await _server.AddAsync(_endpoint);
        await StartAsync();

        Assert.That((await AttemptsAsync(delivery, 1)).NextAttemptAt, Is.EqualTo(Now + TimeSpan.FromSeconds(seconds)));
    }

    [Test]
    public async Task Worker_WhenTheReceiverAsksForLessThanTheSchedule_TheScheduleHolds()
    {
        AnswerWith(StatusCodes.Status429TooManyRequests, "1");
        var delivery = await _server.AddAsync(_endpoint);
        await StartAsync();

        Assert.That((await AttemptsAsync(delivery, 1)).NextAttemptAt, Is.GreaterThanOrEqualTo(Now + TimeSpan.FromSeconds(4.5)));
    }

    [Test]
    public async Task Worker_WhenTheReceiverIsGone_TheEndpointIsDisabledAndItsOwnerTold()
    {
        AnswerWith(StatusCodes.Status410Gone);
        var line = Guid.CreateVersion7();
        var delivery = await _server.AddAsync(_endpoint, line);
        var behind = await _server.AddAsync(_endpoint, line);
        await StartAsync();

        await StateAsync(delivery, DeliveryState.Failed);
        var canceled = await StateAsync(behind, DeliveryState.Canceled);
        var endpoint = await _server.EndpointAsync(_endpoint.Id);
        var told = await _server.QueryAsync(db => db.Events.AsNoTracking().Where(record => record.Type == EventTypes.EndpointDisabled).ToListAsync());
        Assert.Multiple(() =>
        {
            Assert.That((endpoint.IsEnabled, endpoint.DisabledReason), Is.EqualTo((false, (EndpointDisabledReason?)EndpointDisabledReason.Gone)));
            Assert.That((canceled.Attempts, canceled.NextAttemptAt, canceled.FinishedAt), Is.EqualTo((0, (DateTimeOffset?)null, (DateTimeOffset?)Now)));
            Assert.That(told.Select(record => record.OwnerId), Is.EqualTo(new[] { _owner }));
            Assert.That(_receiver.ReceivedCount, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Worker_WhenNothingSucceedsForFiveDays_TheEndpointIsDisabled()
    {
        AnswerWith(StatusCodes.Status500InternalServerError);
        await StartAsync();
        var first = await _server.AddAsync(_endpoint);
        await AttemptsAsync(first, 1);
        var failing = (await _server.EndpointAsync(_endpoint.Id)).FailingSince;
        _clock.Advance(TimeSpan.FromDays(5) - TimeSpan.FromMinutes(1));
        var second = await _server.AddAsync(_endpoint);
        await AttemptsAsync(second, 1);
        var before = await _server.EndpointAsync(_endpoint.Id);
        _clock.Advance(TimeSpan.FromMinutes(2));

        await StateAsync(second, DeliveryState.Canceled);
        var after = await _server.EndpointAsync(_endpoint.Id);
        Assert.That((before.IsEnabled, before.FailingSince), Is.EqualTo((true, failing)));
        Assert.That((after.IsEnabled, after.DisabledReason), Is.EqualTo((false, (EndpointDisabledReason?)EndpointDisabledReason.Failing)));
    }

    [Test]
    public async Task Worker_WhenOneSucceeds_TheEndpointIsWellAgain()
    {
        var failures = 1;
        _answer = (_, context) =>
        {
            if (failures-- > 0)
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        };
        await StartAsync();
        var first = await _server.AddAsync(_endpoint);
        await AttemptsAsync(first, 1);
        var failing = (await _server.EndpointAsync(_endpoint.Id)).FailingSince;
        var second = await _server.AddAsync(_endpoint);
        await StateAsync(second, DeliveryState.Delivered);

        Assert.That(failing, Is.Not.Null);
        Assert.That((await _server.EndpointAsync(_endpoint.Id)).FailingSince, Is.Null);
    }

    [Test]
    public async Task Worker_WhenRedeliveryIsAskedFor_ItGoesAtOnceBesideWhatWaits()
    {
        AnswerWith(StatusCodes.Status500InternalServerError);
        await StartAsync();
        var delivery = await _server.AddAsync(_endpoint);
        await AttemptsAsync(delivery, 1);
        _answer = null;
        var again = await _server.RedeliverAsync(_endpoint, delivery.NotificationId);

        await StateAsync(again, DeliveryState.Delivered);
        Assert.That(_receiver.Received.Select(webhook => webhook.Id), Is.EqualTo(Enumerable.Repeat(Notification.WebhookIdOf(delivery.NotificationId), 2)));
        Assert.That((await _server.GetAsync(delivery.Id)).State, Is.EqualTo(DeliveryState.Pending));
    }

    [Test]
    public async Task Worker_WhenTheEndpointIsDisabledOrDeleted_WhatWaitsIsCanceled()
    {
        var disabled = await _server.AddEndpointAsync(_owner, _receiver.At("disabled"), endpoint => endpoint.Disable(Now));
        var gone = await _server.AddEndpointAsync(_owner, _receiver.At("gone"));
        await _server.QueryAsync(db => db.NotificationEndpoints.Where(endpoint => endpoint.Id == gone.Id).ExecuteDeleteAsync());
        var deliveries = new[] { await _server.AddAsync(disabled), await _server.AddAsync(gone) };
        await StartAsync();

        foreach (var delivery in deliveries)
            await StateAsync(delivery, DeliveryState.Canceled);
        Assert.That(_receiver.ReceivedCount, Is.Zero);
    }

    [Test]
    public async Task Worker_WhenAServerDiedWithADelivery_ItIsSentWhenTheClaimEnds()
    {
        var delivery = await _server.AddAsync(_endpoint);
        var until = Now + TimeSpan.FromSeconds(30);
        await _server.QueryAsync(db => db.NotificationDeliveries.ExecuteUpdateAsync(set => set
            .SetProperty(row => row.ClaimedUntil, until).SetProperty(row => row.NextAttemptAt, until)));
        await StartAsync();
        _clock.Advance(TimeSpan.FromSeconds(29));
        await LookAsync();
        var before = _receiver.ReceivedCount;
        _clock.Advance(TimeSpan.FromSeconds(1));

        await StateAsync(delivery, DeliveryState.Delivered);
        Assert.That((before, _receiver.ReceivedCount), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task Stop_WhenTriesAreUnderWay_ThoseThatEndSoonCountAndTheOthersAreGivenBack()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = (webhook, context) => webhook.Path == "slow" ? release.Task : Task.Delay(Timeout.Infinite, context.RequestAborted);
        var slow = await _server.AddAsync(await _server.AddEndpointAsync(_owner, _receiver.At("slow")));
        var hangs = await _server.AddAsync(_endpoint);
        await StartAsync();
        await Eventually.TrueAsync(() => _receiver.InFlight == 2, "both to be under way");

        var stopping = _server.Worker.StopAsync(CancellationToken.None);
        release.SetResult();
        await Eventually.TrueAsync(() => _receiver.TakenCount == 1, "the slow one to be taken");
        await _server.StopAsync();
        await stopping;

        var (delivered, free) = (await _server.GetAsync(slow.Id), await _server.GetAsync(hangs.Id));
        Assert.That((delivered.State, delivered.Attempts), Is.EqualTo((DeliveryState.Delivered, 1)));
        Assert.That((free.State, free.Attempts, free.ClaimedUntil), Is.EqualTo((DeliveryState.Pending, 0, (DateTimeOffset?)null)));
        Assert.That(free.NextAttemptAt, Is.LessThanOrEqualTo(Now), "another server may try at once");
    }

    [Test]
    public async Task Clean_WhenDeliveriesAreOlderThanKept_TheyGoWithAllThatIsTheirs()
    {
        await StartAsync();
        await _server.AddManyAsync(_endpoint, DeliveryLog.BatchSize + 100, lines: 10, DeliveryState.Muted);
        var old = await _server.AddAsync(_endpoint);
        await StateAsync(old, DeliveryState.Delivered);
        AnswerWith(StatusCodes.Status500InternalServerError);
        var waits = await _server.AddAsync(_endpoint, dueAt: Now + TimeSpan.FromDays(100));
        _clock.Advance(TimeSpan.FromDays(30));
        _answer = null;
        var again = await _server.RedeliverAsync(_endpoint, old.NotificationId);
        await StateAsync(again, DeliveryState.Delivered);
        await _server.Cleaner.CleanAsync(CancellationToken.None);
        var kept = await _server.QueryAsync(db => db.NotificationDeliveries.CountAsync());
        _clock.Advance(TimeSpan.FromMinutes(1));
        var cleaning = _server.Cleaner.CleanAsync(CancellationToken.None);
        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromMilliseconds(1));
                return cleaning.IsCompleted;
            },
            "the cleaner to be done");
        await cleaning;

        var left = await _server.QueryAsync(db => db.NotificationDeliveries.AsNoTracking().Select(delivery => delivery.Id).ToListAsync());
        var notifications = await _server.QueryAsync(db => db.Notifications.AsNoTracking().Select(notification => notification.Id).ToListAsync());
        var attempts = await _server.QueryAsync(db => db.NotificationAttempts.AsNoTracking().Select(attempt => attempt.DeliveryId).ToListAsync());
        Assert.Multiple(() =>
        {
            Assert.That(kept, Is.EqualTo(DeliveryLog.BatchSize + 103), "thirty days are kept");
            Assert.That(left, Is.EquivalentTo(new[] { waits.Id, again.Id }));
            Assert.That(notifications, Is.EquivalentTo(new[] { waits.NotificationId, old.NotificationId }));
            Assert.That(attempts, Is.EqualTo(new[] { again.Id }));
        });
    }

    private Task StartAsync() => _server.Worker.StartAsync(CancellationToken.None);

    private void AnswerWith(int status, string? retryAfter = null) => _answer = (_, context) =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = retryAfter;
        return Task.CompletedTask;
    };

    /// <summary>Makes the worker look for work, and waits until it has: a delivery elsewhere that is due arrives.</summary>
    private async Task LookAsync()
    {
        await using var elsewhere = await WebhookReceiver.StartAsync();
        var endpoint = await _server.AddEndpointAsync(_owner, elsewhere.At(Now.Ticks.ToString(CultureInfo.InvariantCulture)));
        await StateAsync(await _server.AddAsync(endpoint), DeliveryState.Delivered);
    }

    private Task<NotificationDelivery> StateAsync(NotificationDelivery delivery, DeliveryState state) =>
        UntilAsync(delivery, row => row.State == state, $"a delivery to be {state}");

    private Task<NotificationDelivery> AttemptsAsync(NotificationDelivery delivery, int attempts) =>
        UntilAsync(delivery, row => row.Attempts == attempts, $"try {attempts} to be on record");

    /// <summary>The worker may have looked at the clock just before that moved, so it is made to look again.</summary>
    private Task<NotificationDelivery> UntilAsync(NotificationDelivery delivery, Func<NotificationDelivery, bool> accept, string what) =>
        Eventually.GetAsync(
            () =>
            {
                _server.Signal.Set();
                return _server.GetAsync(delivery.Id);
            },
            accept,
            what);
}
