using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>Puts tries on record: the attempts, how their deliveries go on, and what they say about the endpoints.</summary>
internal sealed class DeliveryRecorder(ApplicationDbContext db)
{
    /// <summary>
    /// Records all in one transaction. What was recorded already, or went to another server when the claim ended, is left alone, so trying it
    /// again after a failure does no harm. Returns those endpoints of the tries that get nothing more.
    /// </summary>
    public Task<List<Guid>> RecordAsync(IReadOnlyList<FinishedTry> tries, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.InTransactionAsync(token => WriteAsync(tries, now, token), cancellationToken);

    private async Task<List<Guid>> WriteAsync(IReadOnlyList<FinishedTry> tries, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var outcomes = new List<TryOutcome>(tries.Count);
        var givenBack = new List<FinishedTry>();
        foreach (var finished in tries)
        {
            if (finished.Result is { } result)
                outcomes.Add(TryOutcome.Of(finished, result));
            else
                givenBack.Add(finished);
        }

        var transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        var record = await WriteRowsAsync(transaction, outcomes, givenBack, cancellationToken);
        var counted = outcomes.Where(outcome => record.Counted.Contains(outcome.Try.Id)).Select(outcome => outcome.Try).ToList();
        foreach (var outcome in outcomes.Where(outcome => record.Counted.Contains(outcome.Try.Id)))
            DeliveryTelemetry.Recorded(outcome);
        return await TellEndpointsAsync(transaction, counted, record.Unwell, now, cancellationToken);
    }

    private static Task<TriesOnRecord> WriteRowsAsync(
        DbTransaction transaction, List<TryOutcome> outcomes, List<FinishedTry> givenBack, CancellationToken cancellationToken) => transaction switch
        {
            NpgsqlTransaction postgres => PostgreSqlTries.WriteAsync(postgres, outcomes, givenBack, cancellationToken),
            SqliteTransaction { Connection: { } connection } => Task.FromResult(SqliteTries.Write(connection, outcomes, givenBack)),
            _ => throw new NotSupportedException($"Tries can't be recorded through a {transaction.GetType().Name}."),
        };

    /// <summary>Most tries say nothing new, and then the endpoint needn't be locked: its owner may be changing it.</summary>
    private async Task<List<Guid>> TellEndpointsAsync(
        DbTransaction transaction,
        List<FinishedTry> tries,
        IReadOnlySet<Guid> unwell,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var told = tries.Where(finished => !finished.IsDelivered || unwell.Contains(finished.EndpointId)).ToLookup(finished => finished.EndpointId);
        if (told.Count == 0)
            return [];

        var ids = told.Select(group => group.Key).ToList();
        var endpoints = await db.NotificationEndpoints.AsNoTracking().Where(endpoint => ids.Contains(endpoint.Id)).ToListAsync(cancellationToken);
        var disabled = endpoints.Where(endpoint => !endpoint.IsEnabled).Select(endpoint => endpoint.Id).ToHashSet();
        var changed = endpoints.Where(endpoint => Changes(endpoint, told[endpoint.Id], now)).Select(endpoint => endpoint.Id).ToList();
        if (changed.Count == 0)
            return [.. disabled];

        if (transaction is NpgsqlTransaction postgres)
            await PostgreSqlTries.CommitNowAsync(postgres, cancellationToken);
        var locked = await db.NotificationEndpoints
            .Where(endpoint => changed.Contains(endpoint.Id))
            .OrderBy(endpoint => endpoint.Id)
            .ForUpdate()
            .ToListAsync(cancellationToken);
        foreach (var endpoint in locked)
        {
            foreach (var finished in told[endpoint.Id].Where(finished => IsAbout(endpoint, finished)))
                Tell(endpoint, finished, now);
            if (!endpoint.IsEnabled)
                disabled.Add(endpoint.Id);
        }

        await db.SaveChangesAsync(cancellationToken);
        return [.. disabled];
    }

    private static void Tell(NotificationEndpoint endpoint, FinishedTry finished, DateTimeOffset now)
    {
        if (finished.IsDelivered)
            endpoint.Succeeded();
        else if (finished.IsGone)
            endpoint.Gone(now);
        else
            endpoint.Failed(now);
    }

    private static bool Changes(NotificationEndpoint endpoint, IEnumerable<FinishedTry> tries, DateTimeOffset now) => tries
        .Where(finished => IsAbout(endpoint, finished))
        .Any(finished => finished.IsDelivered
            ? endpoint.FailingSince is not null
            : finished.IsGone || endpoint.FailingSince is null || now - endpoint.FailingSince >= NotificationEndpoint.FailurePatience);

    /// <summary>What another address did says nothing about this one.</summary>
    private static bool IsAbout(NotificationEndpoint endpoint, FinishedTry finished) =>
        finished.Delivery.Message is not { } message || message.Url.OriginalString == endpoint.Url;
}

/// <summary>What became of tries in the database.</summary>
/// <param name="Counted">Deliveries whose try is on record now.</param>
/// <param name="Unwell">Those of their endpoints that are failing or disabled.</param>
internal sealed record TriesOnRecord(IReadOnlySet<Guid> Counted, IReadOnlySet<Guid> Unwell);
