namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>
/// The statements that find, claim and postpone deliveries. Each goes by one of the two indexes of what is pending, so what it costs depends
/// on how many endpoints and lines there are, and neither on the log nor on how much waits for one endpoint.
/// </summary>
internal static class DeliverySql
{
    /// <summary>Of each endpoint that has something pending the delivery whose time comes first: two steps into an index an endpoint.</summary>
    public const string FirstsOnPostgreSql =
        $"""
        {Endpoints}
        SELECT earliest.*
        FROM endpoint
        CROSS JOIN LATERAL (
            SELECT delivery.* FROM notification_deliveries AS delivery
            WHERE delivery.endpoint_id = endpoint.id AND delivery.state = 'pending'
            ORDER BY delivery.endpoint_id, delivery.next_attempt_at LIMIT 1) AS earliest
        """;

    /// <summary>The same. PostgreSQL would take this for a reason to read the whole table.</summary>
    public const string FirstsOnSqlite =
        $"""
        {Endpoints}
        SELECT earliest.*
        FROM endpoint
        JOIN notification_deliveries AS earliest ON earliest.id = (
            SELECT delivery.id FROM notification_deliveries AS delivery
            WHERE delivery.endpoint_id = endpoint.id AND delivery.state = 'pending'
            ORDER BY delivery.endpoint_id, delivery.next_attempt_at LIMIT 1)
        """;

    /// <summary>
    /// Endpoints {0}; now {1}; lines to leave out as endpoints {2} and keys {3}; how many due deliveries to look at for each endpoint {4}.
    /// Returns the heads of their lines, which may not be due themselves.
    /// </summary>
    public const string HeadsOnPostgreSql =
        """
        SELECT head.*
        FROM unnest({0}) AS endpoint (id)
        CROSS JOIN LATERAL (
            SELECT DISTINCT due.order_key FROM (
                SELECT delivery.order_key FROM notification_deliveries AS delivery
                WHERE delivery.endpoint_id = endpoint.id AND delivery.state = 'pending' AND delivery.next_attempt_at <= {1}
                    AND (delivery.endpoint_id, delivery.order_key) NOT IN (SELECT busy.endpoint_id, busy.order_key FROM unnest({2}, {3}) AS busy (endpoint_id, order_key))
                ORDER BY delivery.next_attempt_at LIMIT {4}) AS due) AS line
        CROSS JOIN LATERAL (
            SELECT delivery.* FROM notification_deliveries AS delivery
            WHERE delivery.endpoint_id = endpoint.id AND delivery.order_key = line.order_key AND delivery.state = 'pending'
            ORDER BY delivery.sequence LIMIT 1) AS head
        """;

    /// <summary>The same for one endpoint {0}; the keys {2} are a JSON array.</summary>
    public const string HeadsOnSqlite =
        """
        SELECT head.*
        FROM (
            SELECT DISTINCT due.order_key FROM (
                SELECT delivery.order_key FROM notification_deliveries AS delivery
                WHERE delivery.endpoint_id = {0} AND delivery.state = 'pending' AND delivery.next_attempt_at <= {1}
                    AND delivery.order_key NOT IN (SELECT value FROM json_each({2}))
                ORDER BY delivery.next_attempt_at LIMIT {3}) AS due) AS line
        JOIN notification_deliveries AS head ON head.id = (
            SELECT delivery.id FROM notification_deliveries AS delivery
            WHERE delivery.endpoint_id = {0} AND delivery.order_key = line.order_key AND delivery.state = 'pending'
            ORDER BY delivery.sequence LIMIT 1)
        """;

    /// <summary>
    /// Deliveries {0} as a JSON array, until {1}, those due at {2}. While a delivery is in somebody's hands it isn't due, and when nobody has
    /// recorded a result by the end of the claim it is due again: a server that died costs that time and nothing else.
    /// </summary>
    public const string ClaimOnSqlite =
        """
        UPDATE notification_deliveries SET claimed_until = {1}, next_attempt_at = {1}
        WHERE id IN (SELECT value FROM json_each({0})) AND state = 'pending' AND next_attempt_at <= {2}
        RETURNING id AS "Value"
        """;

    /// <summary>Lines as endpoints {0}, keys {1} and moments {2}; what of them is due at {3} isn't before that; at most {4} deliveries.</summary>
    public const string ParkOnPostgreSql =
        """
        UPDATE notification_deliveries AS delivery SET next_attempt_at = due.until
        FROM (
            SELECT waiting.id, line.until
            FROM unnest({0}, {1}, {2}) AS line (endpoint_id, order_key, until)
            JOIN notification_deliveries AS waiting
                ON waiting.endpoint_id = line.endpoint_id AND waiting.order_key = line.order_key AND waiting.state = 'pending' AND waiting.next_attempt_at <= {3}
            LIMIT {4}
            FOR UPDATE OF waiting SKIP LOCKED) AS due
        WHERE delivery.id = due.id
        """;

    /// <summary>The same for one line.</summary>
    public const string ParkOnSqlite =
        """
        UPDATE notification_deliveries SET next_attempt_at = {2}
        WHERE rowid IN (
            SELECT rowid FROM notification_deliveries
            WHERE endpoint_id = {0} AND order_key = {1} AND state = 'pending' AND next_attempt_at <= {3} LIMIT {4})
        """;

    private const string Endpoints =
        """
        WITH RECURSIVE endpoint (id) AS (
            SELECT (
                SELECT delivery.endpoint_id FROM notification_deliveries AS delivery
                WHERE delivery.state = 'pending'
                ORDER BY delivery.endpoint_id, delivery.next_attempt_at LIMIT 1)
            UNION ALL
            SELECT (
                SELECT delivery.endpoint_id FROM notification_deliveries AS delivery
                WHERE delivery.state = 'pending' AND delivery.endpoint_id > endpoint.id
                ORDER BY delivery.endpoint_id, delivery.next_attempt_at LIMIT 1)
            FROM endpoint WHERE endpoint.id IS NOT NULL)
        """;
}
