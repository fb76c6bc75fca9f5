using Microsoft.Data.Sqlite;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>Records tries on SQLite, one by one: a statement costs no trip there. The transaction holds the only write lock.</summary>
internal static class SqliteTries
{
    public const string Record =
        """
        UPDATE notification_deliveries SET
            state = $3, attempts = attempts + 1, next_attempt_at = $4, claimed_until = NULL, endpoint_url = $5, last_status_code = $6, last_error = $7, finished_at = $8
        WHERE id = $1 AND attempts = $2 AND (state = 'pending' OR (state = 'canceled' AND $3 = 'delivered'))
        """;

    private const string AddAttempt =
        "INSERT INTO notification_attempts (delivery_id, number, at, duration_ms, status_code, error, answer) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    private const string GiveBack =
        "UPDATE notification_deliveries SET claimed_until = NULL, next_attempt_at = $3 WHERE id = $1 AND attempts = $2 AND state = 'pending'";

    private const string Unwell = "SELECT 1 FROM notification_endpoints WHERE id = $1 AND (failing_since IS NOT NULL OR NOT is_enabled)";

    public static TriesOnRecord Write(SqliteConnection connection, IReadOnlyList<TryOutcome> outcomes, IReadOnlyList<FinishedTry> givenBack)
    {
        using var giveBack = new SqliteStatement(connection, GiveBack, parameters: 3);
        foreach (var finished in givenBack)
            giveBack.Execute(finished.Id, finished.Delivery.Row.Attempts, SqliteMoments.ToMicroseconds(finished.FinishedAt + finished.Pause));

        using var record = new SqliteStatement(connection, Record, parameters: 8);
        using var addAttempt = new SqliteStatement(connection, AddAttempt, parameters: 7);
        using var unwell = new SqliteStatement(connection, Unwell, parameters: 1);
        var counted = new HashSet<Guid>();
        foreach (var outcome in outcomes.Where(outcome => Write(outcome, record, addAttempt)))
            counted.Add(outcome.Try.Id);
        return new TriesOnRecord(counted, outcomes.Select(outcome => outcome.Try.EndpointId).Distinct().Where(id => Exists(unwell, id)).ToHashSet());
    }

    private static bool Write(TryOutcome outcome, SqliteStatement record, SqliteStatement addAttempt)
    {
        var (id, attempts) = (outcome.Try.Id, outcome.Try.Delivery.Row.Attempts);
        var result = outcome.Try.Result!;
        var written = record.Execute(
            id, attempts, EnumWords<DeliveryState>.ToWord(outcome.State), Moment(outcome.NextAttemptAt), outcome.Try.Url,
            result.StatusCode, result.Error, Moment(outcome.FinishedAt));
        if (written == 0)
            return false;

        addAttempt.Execute(
            id, attempts + 1, SqliteMoments.ToMicroseconds(outcome.Try.StartedAt), result.DurationMs, result.StatusCode, result.Error, result.Answer);
        return true;
    }

    private static object? Moment(DateTimeOffset? moment) => moment is { } known ? SqliteMoments.ToMicroseconds(known) : null;

    private static bool Exists(SqliteStatement statement, Guid id)
    {
        using var reader = statement.Read(id);
        return reader.Read();
    }
}
