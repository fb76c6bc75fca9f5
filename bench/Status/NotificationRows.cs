using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Events;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Bench.Status;

/// <summary>Deliveries written straight into the database of a stopped server, as its fan-out would write them, all due at once.</summary>
internal static class NotificationRows
{
    private const int Batch = 2000;

    // Of about the length of a real one.
    private static readonly string Data =
        $$"""{"agent":{"id":"0198f000-0000-7000-8000-000000000000","agent_id":"agent-0001","name":"Invoice reader","kind":"reported","stack_id":null},"session":{"id":"0198f000-0000-7000-8000-000000000001","session_topic":"session-1"},"previous_status":"running","status":"success","message":"Reading page 17 of 40 of the invoices of March.","content":"{{new string('x', 300)}}","duration_seconds":12.5}""";

    /// <summary>Spreads them over the endpoints and over so many sessions.</summary>
    public static async Task AddAsync(DatabaseOptions database, Guid owner, IReadOnlyList<(Guid Id, string Url)> endpoints, int count, int sessions)
    {
        await using var services = new ServiceCollection()
            .AddPersistence(database)
            .AddSingleton<IDomainEventDispatcher, NoDispatcher>()
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        context.ChangeTracker.AutoDetectChangesEnabled = false;

        var keys = Enumerable.Range(0, sessions).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var batch in Enumerable.Range(0, count).Chunk(Batch))
        {
            var now = DateTimeOffset.UtcNow;
            foreach (var i in batch)
            {
                var (endpoint, key) = (endpoints[i % endpoints.Count], keys[i % sessions]);
                var notification = new Notification { OwnerId = owner, EventId = i, Type = "session.status_changed", At = now, SessionId = key, Status = "success", Data = Data };
                context.Add(notification);
                context.Add(new NotificationDelivery
                {
                    OwnerId = owner,
                    EndpointId = endpoint.Id,
                    NotificationId = notification.Id,
                    EndpointUrl = endpoint.Url,
                    OrderKey = key,
                    Sequence = i,
                    State = DeliveryState.Pending,
                    NextAttemptAt = now,
                    CreatedAt = now,
                });
            }

            await context.SaveChangesAsync();
            context.ChangeTracker.Clear();
        }
    }
}
