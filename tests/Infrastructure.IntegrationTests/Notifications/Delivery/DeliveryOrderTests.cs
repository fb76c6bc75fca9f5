using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Notifications.Delivery;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.Notifications.Delivery.DeliveryServer;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Delivery;

/// <summary>What may go when, and who sends it.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class DeliveryOrderTests(DatabaseProvider provider)
{
    private const int MaxFailures = 3;

    private TestDatabase _database = null!;

    [SetUp]
    public async Task SetUp() => _database = await TestDatabase.CreateAsync(provider);

    [TearDown]
    public async Task TearDown() => await _database.DisposeAsync();

    [Test]
    public async Task Worker_WhenTriesFail_EachLineArrivesInOrderOneByOne()
    {
        const int Lines = 6;
        const int Each = 6;
        var random = new Random(5);
        var busy = new ConcurrentDictionary<Guid, byte>();
        var overlaps = 0;
        await using var receiver = await WebhookReceiver.StartAsync(async (webhook, context) =>
        {
            var line = Line(webhook);
            if (!busy.TryAdd(line, 0))
                Interlocked.Increment(ref overlaps);
            await Task.Yield();
            if (webhook.Earlier < MaxFailures && random.Next(2) == 0)
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            busy.TryRemove(line, out _);
        });
        var clock = new ManualTimeProvider();
        await using var server = new DeliveryServer(_database.Options, clock);
        var endpoint = await server.AddEndpointAsync(await server.CreateSchemaAsync(), receiver.At("hook"));
        var lines = Enumerable.Range(0, Lines).Select(_ => Guid.CreateVersion7()).ToArray();
        for (var i = 0; i < Lines * Each; i++)
            await server.AddAsync(endpoint, lines[i % Lines]);

        await server.Worker.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(
            async () =>
            {
                // On to the next retry whenever nothing is under way.
                var waiting = await server.QueryAsync(db =>
                    db.NotificationDeliveries.AsNoTracking().Where(delivery => delivery.State == DeliveryState.Pending).ToListAsync());
                if (waiting.Count > 0 && waiting.TrueForAll(delivery => delivery.ClaimedUntil is null && delivery.NextAttemptAt > clock.GetUtcNow()))
                    clock.Advance(waiting.Min(delivery => delivery.NextAttemptAt)!.Value - clock.GetUtcNow());
                return waiting.Count == 0;
            },
            "all to be delivered");

        Assert.That(overlaps, Is.Zero, "two of one line at the same time");
        foreach (var line in receiver.Taken.GroupBy(Line))
            Assert.That(line.Select(Number), Is.Ordered.And.Unique.And.Exactly(Each).Items);
        Assert.That(receiver.ReceivedCount, Is.GreaterThan(receiver.TakenCount), "some have to fail, or nothing is shown");
    }

    [Test]
    public async Task Worker_WhenALineIsLong_TheNextGoesAtOnceAndOtherLinesBesideIt()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var clock = new ManualTimeProvider();
        await using var server = new DeliveryServer(_database.Options, clock);
        var endpoint = await server.AddEndpointAsync(await server.CreateSchemaAsync(), receiver.At("hook"));
        await server.AddManyAsync(endpoint, 3 * DeliveryQueue.Window, lines: 2);

        // The clock stands still, so nobody polls.
        await server.Worker.StartAsync(CancellationToken.None);

        await Eventually.TrueAsync(async () => await CountAsync(server, DeliveryState.Delivered) == 3 * DeliveryQueue.Window, "all to be delivered");
    }

    [Test]
    public async Task Worker_WhenADeliveryComesAfterAnother_ItWaitsUntilThatOneIsOver()
    {
        var first = true;
        await using var receiver = await WebhookReceiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = first ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            first = false;
            return Task.CompletedTask;
        });
        var clock = new ManualTimeProvider();
        await using var server = new DeliveryServer(_database.Options, clock);
        var endpoint = await server.AddEndpointAsync(await server.CreateSchemaAsync(), receiver.At("hook"));
        var summary = await server.AddAsync(endpoint);
        var later = await server.AddAsync(endpoint, afterId: summary.Id);
        await server.Worker.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(async () => (await server.GetAsync(later.Id)).NextAttemptAt > clock.GetUtcNow(), "the later one to be put off");
        var put = await server.GetAsync(later.Id);
        var tried = await server.GetAsync(summary.Id);

        clock.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(async () => await CountAsync(server, DeliveryState.Delivered) == 2, "both to be delivered");

        Assert.That((put.Attempts, put.NextAttemptAt), Is.EqualTo((0, tried.NextAttemptAt)));
        Assert.That(receiver.Taken.Select(Number), Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public async Task Worker_WhenAnEndpointHangs_OthersAreServedAllTheSame()
    {
        await using var receiver = await WebhookReceiver.StartAsync(async (webhook, context) =>
        {
            if (webhook.Path == "hangs")
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var limits = new DeliveryLimits { PerEndpoint = 4, InAll = 8 };
        var clock = new ManualTimeProvider();
        await using var server = new DeliveryServer(_database.Options, clock, limits);
        var owner = await server.CreateSchemaAsync();
        var hangs = await server.AddEndpointAsync(owner, receiver.At("hangs"));
        var well = await server.AddEndpointAsync(owner, receiver.At("well"));
        await server.AddManyAsync(hangs, 3000, lines: 700);
        await server.Worker.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => receiver.InFlight == limits.PerEndpoint, "the first tries to hang");

        for (var i = 0; i < 20; i++)
            await server.AddAsync(well);
        await Eventually.TrueAsync(() => receiver.TakenCount == 20, "the endpoint that is well to get all");

        Assert.That(receiver.InFlight, Is.EqualTo(limits.PerEndpoint), "and no more than so many hang");
        Assert.That(receiver.ReceivedCount, Is.EqualTo(20 + limits.PerEndpoint));
    }

    [Test]
    public async Task Worker_WhenAHeadIsTriedAgainLater_WhatWaitsBehindItIsNoWorkUntilThen()
    {
        await using var receiver = await WebhookReceiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        });
        var clock = new ManualTimeProvider();
        await using var server = new DeliveryServer(_database.Options, clock);
        var endpoint = await server.AddEndpointAsync(await server.CreateSchemaAsync(), receiver.At("hook"));
        await server.AddManyAsync(endpoint, 1500, lines: 3);
        await server.Worker.StartAsync(CancellationToken.None);

        var now = clock.GetUtcNow();
        await Eventually.TrueAsync(
            async () => await server.QueryAsync(db => db.NotificationDeliveries.CountAsync(delivery => delivery.NextAttemptAt <= now)) == 0,
            "all to be put off");

        var lines = await server.QueryAsync(db => db.NotificationDeliveries.AsNoTracking().GroupBy(delivery => delivery.OrderKey)
            .Select(line => new { First = line.Min(delivery => delivery.NextAttemptAt), Last = line.Max(delivery => delivery.NextAttemptAt) }).ToListAsync());
        Assert.That(lines.Select(line => line.Last), Is.EqualTo(lines.Select(line => line.First)), "until the head's next try");
        Assert.That(receiver.ReceivedCount, Is.EqualTo(lines.Count));
    }

    private static Task<int> CountAsync(DeliveryServer server, DeliveryState state) =>
        server.QueryAsync(db => db.NotificationDeliveries.CountAsync(delivery => delivery.State == state));
}
