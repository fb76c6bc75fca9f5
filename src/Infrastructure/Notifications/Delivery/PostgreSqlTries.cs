using Npgsql;
using NpgsqlTypes;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>Records tries on PostgreSQL: all in one trip, whatever their number.</summary>
internal static class PostgreSqlTries
{
    /// <summary>
    /// Should the database crash before this reaches its disk, deliveries are tried again under the same ids, as after a crash of this server
    /// between a try and its record. So nobody waits for the disk, reports' commits among them.
    /// </summary>
    private const string CommitLater = "SET LOCAL synchronous_commit = off";

    private const string CommitNow = "SET LOCAL synchronous_commit TO DEFAULT";

    /// <summary>
    /// While a try was under way its endpoint may have been disabled; that it arrived is true all the same. Whoever locks several deliveries
    /// does so in the order of their ids, and before their endpoint.
    /// </summary>
    public const string Record =
        """
        WITH tried AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                AS tried (id, attempts, url, state, next_attempt_at, finished_at, started_at, duration_ms, status_code, error, answer)),
        held AS (
            SELECT delivery.id FROM tried JOIN notification_deliveries AS delivery ON delivery.id = tried.id
            WHERE delivery.attempts = tried.attempts AND (delivery.state = 'pending' OR (delivery.state = 'canceled' AND tried.state = 'delivered'))
            ORDER BY delivery.id FOR UPDATE OF delivery),
        recorded AS (
            UPDATE notification_deliveries AS delivery SET
                state = tried.state, attempts = tried.attempts + 1, next_attempt_at = tried.next_attempt_at, claimed_until = NULL,
                endpoint_url = tried.url, last_status_code = tried.status_code, last_error = tried.error, finished_at = tried.finished_at
            FROM held JOIN tried ON tried.id = held.id
            WHERE delivery.id = held.id
            RETURNING delivery.id, delivery.attempts, tried.started_at, tried.duration_ms, tried.status_code, tried.error, tried.answer)
        INSERT INTO notification_attempts (delivery_id, number, at, duration_ms, status_code, error, answer)
        SELECT * FROM recorded
        RETURNING delivery_id
        """;

    private const string GiveBack =
        """
        UPDATE notification_deliveries AS delivery SET claimed_until = NULL, next_attempt_at = free.next_attempt_at
        FROM unnest($1, $2, $3) AS free (id, attempts, next_attempt_at)
        WHERE delivery.id = free.id AND delivery.attempts = free.attempts AND delivery.state = 'pending'
        """;

    private const string Unwell = "SELECT id FROM notification_endpoints WHERE id = ANY ($1) AND (failing_since IS NOT NULL OR NOT is_enabled)";

    public static async Task<TriesOnRecord> WriteAsync(
        NpgsqlTransaction transaction, IReadOnlyList<TryOutcome> outcomes, IReadOnlyList<FinishedTry> givenBack, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(CommitLater));
        if (givenBack.Count > 0)
            batch.BatchCommands.Add(GiveBackCommand(givenBack));
        batch.BatchCommands.Add(RecordCommand(outcomes));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Unwell)
        {
            Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = [.. outcomes.Select(outcome => outcome.Try.EndpointId).Distinct()] } },
        });

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var counted = await ReadIdsAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return new TriesOnRecord(counted, await ReadIdsAsync(reader, cancellationToken));
    }

    /// <summary>
    /// From here on the transaction waits for the disk after all: it writes events, whose ids must not be given to others after a crash.
    /// </summary>
    public static async Task CommitNowAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CommitNow, transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand RecordCommand(IReadOnlyList<TryOutcome> outcomes) => new(Record)
    {
        Parameters =
        {
            outcomes.Column(NpgsqlDbType.Uuid, outcome => outcome.Try.Id),
            outcomes.Column(NpgsqlDbType.Integer, outcome => outcome.Try.Delivery.Row.Attempts),
            outcomes.Column(NpgsqlDbType.Text, outcome => outcome.Try.Url),
            outcomes.Column(NpgsqlDbType.Text, outcome => EnumWords<DeliveryState>.ToWord(outcome.State)),
            outcomes.Column(NpgsqlDbType.TimestampTz, outcome => outcome.NextAttemptAt),
            outcomes.Column(NpgsqlDbType.TimestampTz, outcome => outcome.FinishedAt),
            outcomes.Column(NpgsqlDbType.TimestampTz, outcome => outcome.Try.StartedAt),
            outcomes.Column(NpgsqlDbType.Bigint, outcome => outcome.Try.Result!.DurationMs),
            outcomes.Column(NpgsqlDbType.Integer, outcome => outcome.Try.Result!.StatusCode),
            outcomes.Column(NpgsqlDbType.Text, outcome => outcome.Try.Result!.Error),
            outcomes.Column(NpgsqlDbType.Text, outcome => outcome.Try.Result!.Answer),
        },
    };

    private static NpgsqlBatchCommand GiveBackCommand(IReadOnlyList<FinishedTry> tries) => new(GiveBack)
    {
        Parameters =
        {
            tries.Column(NpgsqlDbType.Uuid, finished => finished.Id),
            tries.Column(NpgsqlDbType.Integer, finished => finished.Delivery.Row.Attempts),
            tries.Column(NpgsqlDbType.TimestampTz, finished => finished.FinishedAt + finished.Pause),
        },
    };

    private static async Task<HashSet<Guid>> ReadIdsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var ids = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            ids.Add(reader.GetGuid(0));
        return ids;
    }
}
