using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Notifications.Delivery;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.Notifications.Delivery.DeliveryServer;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Delivery;

/// <summary>Several servers on one PostgreSQL.</summary>
public sealed class DeliverySharingTests
{
    [Test]
    public async Task Worker_WhenTwoServersShareADatabase_EachDeliveryIsSentByOneOfThem()
    {
        const int Each = 2;
        await using var database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        var together = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = 0;
        await using var receiver = await WebhookReceiver.StartAsync(async (_, _) =>
        {
            // As many as one server sends at a time are held back until the other has joined in.
            if (Interlocked.Increment(ref waiting) == 2 * Each)
                together.TrySetResult();
            await together.Task;
        });
        var limits = new DeliveryLimits { PerEndpoint = Each };
        await using var one = new DeliveryServer(database.Options, limits: limits);
        await using var two = new DeliveryServer(database.Options, limits: limits);
        var endpoint = await one.AddEndpointAsync(await one.CreateSchemaAsync(), receiver.At("hook"));
        var lines = Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7()).ToArray();
        for (var i = 0; i < 100; i++)
            await one.AddAsync(endpoint, lines[i % lines.Length]);

        await Task.WhenAll(one.Worker.StartAsync(CancellationToken.None), two.Worker.StartAsync(CancellationToken.None));
        await Eventually.TrueAsync(async () => await one.QueryAsync(db => db.NotificationDeliveries.CountAsync(delivery => delivery.State == DeliveryState.Delivered)) == 100, "all to be delivered");

        Assert.That(receiver.Received.Select(webhook => webhook.Id), Is.Unique.And.Exactly(100).Items);
        foreach (var line in receiver.Received.GroupBy(Line))
            Assert.That(line.Select(Number), Is.Ordered);
    }
}
