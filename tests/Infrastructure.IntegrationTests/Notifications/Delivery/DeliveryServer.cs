using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;
using StackAgent.Infrastructure.Notifications;
using StackAgent.Infrastructure.Notifications.Delivery;
using StackAgent.Infrastructure.Notifications.Sending;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Delivery;

/// <summary>What a server has for deliveries: the database, the sender and the worker. Several of them share one database.</summary>
internal sealed class DeliveryServer : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly TimeProvider _time;
    private long _sequence;

    public DeliveryServer(DatabaseOptions database, TimeProvider? time = null, DeliveryLimits? limits = null)
    {
        _time = time ?? TimeProvider.System;
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(_time)
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .AddSingleton<ISecretProtector, FakeProtector>()
            .AddSingleton(new NotificationOptions { AllowPrivate = true })
            .AddPersistence(database)
            .AddNotificationSending(new NotificationSenderOptions(AllowPrivate: true))
            // A clock that stands still would never end a pause.
            .AddSingleton(_time is ManualTimeProvider ? (limits ?? new DeliveryLimits()) with { Pause = TimeSpan.Zero } : limits ?? new DeliveryLimits())
            .AddNotificationDelivery()
            .BuildServiceProvider(validateScopes: true);
        Worker = _services.GetRequiredService<DeliveryWorker>();
        Cleaner = _services.GetRequiredService<DeliveryLogCleaner>();
        Signal = _services.GetRequiredService<DeliverySignal>();
    }

    public DeliveryWorker Worker { get; }

    public DeliveryLogCleaner Cleaner { get; }

    public DeliverySignal Signal { get; }

    /// <summary>The line of a notification made by <see cref="AddAsync"/>.</summary>
    public static Guid Line(ReceivedWebhook webhook) => Data(webhook).GetProperty("line").GetGuid();

    /// <summary>The number of a notification made by <see cref="AddAsync"/>: 1, 2 and so on.</summary>
    public static long Number(ReceivedWebhook webhook) => Data(webhook).GetProperty("number").GetInt64();

    /// <summary>Makes the tables and the user that all endpoints belong to.</summary>
    public async Task<Guid> CreateSchemaAsync()
    {
        await using var scope = _services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        var user = new ApplicationUser { Id = Guid.CreateVersion7(), Email = "a@b.c", NormalizedEmail = "A@B.C", UserName = "a@b.c", NormalizedUserName = "A@B.C" };
        await QueryAsync(db =>
        {
            db.Accounts.Add(user);
            return db.SaveChangesAsync(CancellationToken.None);
        });
        return user.Id;
    }

    public async Task<NotificationEndpoint> AddEndpointAsync(Guid ownerId, Uri url, Action<NotificationEndpoint>? change = null)
    {
        var settings = new EndpointSettings(url.OriginalString, null, NotificationFormat.Standard, [], null, null, []);
        var endpoint = NotificationEndpoint.Create(ownerId, settings, new FakeProtector().Protect(WebhookSecret.Generate().Value), _time.Now());
        change?.Invoke(endpoint);
        await QueryAsync(db =>
        {
            db.NotificationEndpoints.Add(endpoint);
            return db.SaveChangesAsync(CancellationToken.None);
        });
        return endpoint;
    }

    /// <summary>A notification and its delivery, as the fan-out writes them. The data is <c>{"line":…,"number":…}</c>.</summary>
    public async Task<NotificationDelivery> AddAsync(NotificationEndpoint endpoint, Guid? line = null, Guid? afterId = null, DateTimeOffset? dueAt = null)
    {
        var (key, number) = (line ?? Guid.CreateVersion7(), Interlocked.Increment(ref _sequence));
        var notification = new Notification
        {
            OwnerId = endpoint.OwnerId!.Value,
            EventId = number,
            Type = "session.status_changed",
            At = _time.Now(),
            Data = JsonSerializer.Serialize(new { line = key, number }),
        };
        var delivery = Delivery(endpoint, notification.Id, key, number, afterId, dueAt);
        await QueryAsync(db =>
        {
            db.Notifications.Add(notification);
            db.NotificationDeliveries.Add(delivery);
            return db.SaveChangesAsync(CancellationToken.None);
        });
        Signal.Set();
        return delivery;
    }

    /// <summary>The same notification to the same endpoint once more, as somebody asked for it.</summary>
    public async Task<NotificationDelivery> RedeliverAsync(NotificationEndpoint endpoint, Guid notificationId)
    {
        var delivery = Delivery(endpoint, notificationId, Guid.CreateVersion7(), 0, afterId: null, dueAt: null);
        await QueryAsync(db =>
        {
            db.NotificationDeliveries.Add(delivery);
            return db.SaveChangesAsync(CancellationToken.None);
        });
        Signal.Set();
        return delivery;
    }

    /// <summary>Very many deliveries, in as many lines; all of one notification.</summary>
    public async Task AddManyAsync(NotificationEndpoint endpoint, int count, int lines, DeliveryState state = DeliveryState.Pending)
    {
        var keys = Enumerable.Range(0, lines).Select(_ => Guid.CreateVersion7()).ToArray();
        var first = await AddAsync(endpoint);
        await QueryAsync(db =>
        {
            db.ChangeTracker.AutoDetectChangesEnabled = false;
            db.NotificationDeliveries.AddRange(Enumerable.Range(1, count - 1).Select(i =>
            {
                var delivery = Delivery(endpoint, first.NotificationId, keys[i % lines], i, afterId: null, dueAt: null);
                delivery.State = state;
                if (state != DeliveryState.Pending)
                    (delivery.NextAttemptAt, delivery.FinishedAt) = (null, _time.Now());
                return delivery;
            }));
            return db.SaveChangesAsync(CancellationToken.None);
        });
        Signal.Set();
    }

    public Task<NotificationDelivery> GetAsync(Guid id) => QueryAsync(db => db.NotificationDeliveries.AsNoTracking().SingleAsync(delivery => delivery.Id == id));

    public Task<List<NotificationAttempt>> AttemptsAsync(Guid deliveryId) => QueryAsync(db =>
        db.NotificationAttempts.AsNoTracking().Where(attempt => attempt.DeliveryId == deliveryId).OrderBy(attempt => attempt.Number).ToListAsync());

    public Task<NotificationEndpoint> EndpointAsync(Guid id) => QueryAsync(db => db.NotificationEndpoints.AsNoTracking().SingleAsync(endpoint => endpoint.Id == id));

    public async Task<T> QueryAsync<T>(Func<ApplicationDbContext, Task<T>> query)
    {
        await using var scope = _services.CreateAsyncScope();
        return await query(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
    }

    /// <summary>As the host stops it; a clock that stands still goes on meanwhile.</summary>
    public async Task StopAsync()
    {
        var stopping = Worker.StopAsync(CancellationToken.None);
        if (_time is ManualTimeProvider clock)
        {
            await Eventually.TrueAsync(
                () =>
                {
                    clock.Advance(TimeSpan.FromSeconds(1));
                    return stopping.IsCompleted;
                },
                "the worker to stop");
        }

        await stopping;
    }

    private static JsonElement Data(ReceivedWebhook webhook) => JsonSerializer.Deserialize<JsonElement>(webhook.Body).GetProperty("data");

    private NotificationDelivery Delivery(NotificationEndpoint endpoint, Guid notificationId, Guid key, long number, Guid? afterId, DateTimeOffset? dueAt) => new()
    {
        Id = Guid.CreateVersion7(_time.Now()),
        OwnerId = endpoint.OwnerId,
        EndpointId = endpoint.Id,
        NotificationId = notificationId,
        EndpointUrl = endpoint.Url,
        OrderKey = key,
        Sequence = number,
        AfterId = afterId,
        State = DeliveryState.Pending,
        NextAttemptAt = dueAt ?? _time.Now(),
        CreatedAt = _time.Now(),
    };
}
