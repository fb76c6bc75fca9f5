using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>Puts tries on record: the attempts, how their deliveries go on, and what they say about the endpoints.</summary>
internal sealed class DeliveryRecorder(IApplicationDbContext db)
{
    private const int Gone = 410;

    /// <summary>
    /// Records all in one transaction. What was recorded already, or went to another server when the claim ended, is left alone, so trying it
    /// again after a failure does no harm. Returns those endpoints of the tries that get nothing more.
    /// </summary>
    public Task<List<Guid>> RecordAsync(IReadOnlyList<FinishedTry> tries, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.InTransactionAsync(token => WriteAsync(tries, now, token), cancellationToken);

    private async Task<List<Guid>> WriteAsync(IReadOnlyList<FinishedTry> tries, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Whoever locks several deliveries does so in the order of their ids, and before their endpoint.
        var ids = tries.Select(finished => finished.Delivery.Id).ToList();
        var deliveries = await db.NotificationDeliveries
            .Where(delivery => ids.Contains(delivery.Id))
            .OrderBy(delivery => delivery.Id)
            .ForUpdate()
            .ToDictionaryAsync(delivery => delivery.Id, cancellationToken);
        var endpoints = await ReadEndpointsAsync(tries, cancellationToken);
        var counted = new List<FinishedTry>(tries.Count);
        foreach (var finished in tries)
        {
            if (deliveries.TryGetValue(finished.Delivery.Id, out var delivery)
                && Record(finished, delivery, endpoints.GetValueOrDefault(finished.Delivery.Line.EndpointId)))
            {
                counted.Add(finished);
            }
        }

        await TellEndpointsAsync(counted, endpoints, now, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        return [.. endpoints.Values.Where(endpoint => !endpoint.IsEnabled).Select(endpoint => endpoint.Id)];
    }

    /// <summary>False when the try doesn't count.</summary>
    private bool Record(FinishedTry finished, NotificationDelivery delivery, NotificationEndpoint? endpoint)
    {
        // While the try was under way its endpoint may have been disabled. That it arrived is true all the same.
        var isPending = delivery.State == DeliveryState.Pending;
        var hasArrived = finished.Result is { IsDelivered: true };
        if (delivery.Attempts != finished.Delivery.Attempts || !(isPending || (delivery.State == DeliveryState.Canceled && hasArrived)))
            return false;

        delivery.ClaimedUntil = null;
        if (finished.Result is not { } result)
        {
            delivery.NextAttemptAt = finished.FinishedAt + finished.Pause;
            return false;
        }

        delivery.EndpointUrl = finished.Delivery.Message?.Url.OriginalString ?? delivery.EndpointUrl;
        delivery.Attempts++;
        delivery.LastStatusCode = result.StatusCode;
        delivery.LastError = result.Error;
        db.NotificationAttempts.Add(new NotificationAttempt
        {
            DeliveryId = delivery.Id,
            Number = delivery.Attempts,
            At = finished.StartedAt,
            DurationMs = (long)result.Duration.TotalMilliseconds,
            StatusCode = result.StatusCode,
            Error = result.Error,
            Answer = result.Answer,
        });

        var wait = result.IsDelivered || IsGone(finished, endpoint) ? null : RetrySchedule.After(delivery.Attempts, result.RetryAfter);
        delivery.NextAttemptAt = finished.FinishedAt + wait;
        if (wait is null)
        {
            delivery.State = result.IsDelivered ? DeliveryState.Delivered : DeliveryState.Failed;
            delivery.FinishedAt = finished.FinishedAt;
        }

        return true;
    }

    private async Task TellEndpointsAsync(
        List<FinishedTry> tries, Dictionary<Guid, NotificationEndpoint> endpoints, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var told = tries.ToLookup(finished => finished.Delivery.Line.EndpointId);
        var changed = told.Where(group => endpoints.TryGetValue(group.Key, out var endpoint) && Changes(endpoint, group, now)).Select(group => group.Key).ToList();
        if (changed.Count == 0)
            return;

        var locked = await db.NotificationEndpoints
            .Where(endpoint => changed.Contains(endpoint.Id))
            .OrderBy(endpoint => endpoint.Id)
            .ForUpdate()
            .ToListAsync(cancellationToken);
        foreach (var endpoint in locked)
        {
            foreach (var finished in told[endpoint.Id].Where(finished => IsAbout(endpoint, finished)))
                Tell(endpoint, finished, now);
            endpoints[endpoint.Id] = endpoint;
        }
    }

    private static void Tell(NotificationEndpoint endpoint, FinishedTry finished, DateTimeOffset now)
    {
        if (finished.Result!.IsDelivered)
            endpoint.Succeeded();
        else if (IsGone(finished, endpoint))
            endpoint.Gone(now);
        else
            endpoint.Failed(now);
    }

    /// <summary>Most tries say nothing new, and then the endpoint needn't be locked: its owner may be changing it.</summary>
    private static bool Changes(NotificationEndpoint endpoint, IEnumerable<FinishedTry> tries, DateTimeOffset now) => tries
        .Where(finished => IsAbout(endpoint, finished))
        .Any(finished => finished.Result!.IsDelivered
            ? endpoint.FailingSince is not null
            : IsGone(finished, endpoint) || endpoint.FailingSince is null || now - endpoint.FailingSince >= NotificationEndpoint.FailurePatience);

    /// <summary>What another address did says nothing about this one.</summary>
    private static bool IsAbout(NotificationEndpoint endpoint, FinishedTry finished) =>
        finished.Delivery.Message is not { } message || message.Url.OriginalString == endpoint.Url;

    /// <summary>The server's own endpoint is never given up, so its deliveries aren't either.</summary>
    private static bool IsGone(FinishedTry finished, NotificationEndpoint? endpoint) =>
        finished.Result!.StatusCode == Gone && endpoint?.OwnerId is not null;

    private async Task<Dictionary<Guid, NotificationEndpoint>> ReadEndpointsAsync(IReadOnlyList<FinishedTry> tries, CancellationToken cancellationToken)
    {
        var ids = tries.Select(finished => finished.Delivery.Line.EndpointId).Distinct().ToList();
        return await db.NotificationEndpoints
            .AsNoTracking()
            .Where(endpoint => ids.Contains(endpoint.Id))
            .ToDictionaryAsync(endpoint => endpoint.Id, cancellationToken);
    }
}
