using System.Net.Sockets;
using Npgsql;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>A PostgreSQL: whether it answers, is new enough, takes what is written, agrees about the time, and holds what this version expects.</summary>
internal sealed class PostgreSqlCheckup(DatabaseOptions options, AccountOptions accounts, TimeProvider time) : ICheckup
{
    private const string What = "database";
    private const int ConnectSeconds = 5;
    private const int CommandSeconds = 10;
    private const int OldestVersion = 140_000;

    /// <summary>What a token may be ahead of the clock of the server that looks at it.</summary>
    private static readonly TimeSpan ClockFault = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClockWarning = TimeSpan.FromSeconds(2);

    public string Area => What;

    public async Task ExamineAsync(Findings findings, CancellationToken cancellationToken)
    {
        var given = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var own = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = false,
            Timeout = ConnectSeconds,
            CommandTimeout = CommandSeconds,
            ApplicationName = "stackagent doctor",
        };
        await using var connection = new NpgsqlConnection(own.ConnectionString);
        if (!await OpenAsync(findings, connection, given, cancellationToken))
            return;

        await ExamineServerAsync(findings, connection, given, cancellationToken);
        await ExamineClockAsync(findings, connection, cancellationToken);
        var tables = await connection.ReadTextsAsync("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()", cancellationToken);
        if (await SchemaCheckup.ExamineAsync(findings, connection, tables, typeof(PostgreSqlDbContext), accounts, cancellationToken) is { } pending)
            await ExamineRightsAsync(findings, connection, pending, cancellationToken);
    }

    private static async Task<bool> OpenAsync(
        Findings findings, NpgsqlConnection connection, NpgsqlConnectionStringBuilder given, CancellationToken cancellationToken)
    {
        try
        {
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException)
        {
            var (found, advice) = Explain(exception, given);
            findings.Fault(What, found, advice);
            return false;
        }
    }

    private static (string Found, string Advice) Explain(Exception exception, NpgsqlConnectionStringBuilder given) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } said =>
            (said.MessageText, "Correct the user and the password in DATABASE_URL, or what pg_hba.conf allows."),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } said =>
            (said.MessageText, $"Make it: CREATE DATABASE \"{given.Database}\" OWNER \"{given.Username}\"."),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } said =>
            (said.MessageText, "Raise max_connections, or lower DB_MAX_OPEN_CONNS of the servers."),
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } said => (said.MessageText, "Wait until it has started or recovered."),
        PostgresException said => (said.MessageText, "See PostgreSQL's log."),
        _ => ($"{given.Host}:{given.Port} can't be reached: {(exception.InnerException ?? exception).Message}",
            "Check the host, the port and sslmode in DATABASE_URL, whether PostgreSQL runs, and the network between."),
    };

    private static async Task ExamineServerAsync(
        Findings findings, NpgsqlConnection connection, NpgsqlConnectionStringBuilder given, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT current_setting('server_version'), current_setting('server_version_num')::int, pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean,
                current_setting('server_encoding'), current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var version = reader.GetString(0);
        if (reader.GetInt32(1) < OldestVersion)
            findings.Warn(What, $"PostgreSQL {version} is old", "Upgrade to PostgreSQL 14 or later: on older ones a leader that hangs keeps the lead until it is killed.");
        else
            findings.Ok(What, $"PostgreSQL {version} at {given.Host}:{given.Port}/{given.Database}");

        if (reader.GetBoolean(2))
            findings.Fault(What, "it can only be read", "Name the primary in DATABASE_URL, not a standby; or end default_transaction_read_only.");
        if (reader.GetString(3) is not "UTF8" and var encoding)
            findings.Fault(What, $"its encoding is {encoding}", "Make the database with ENCODING 'UTF8': others can't hold every text.");
        if (reader.GetInt32(4) is var places && given.MaxPoolSize > places)
        {
            findings.Warn(
                "database connections",
                $"each server may open {given.MaxPoolSize} (and up to three beside the pool), PostgreSQL allows {places}",
                "Raise max_connections, or lower DB_MAX_OPEN_CONNS; count every server.");
        }
    }

    private async Task ExamineClockAsync(Findings findings, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Clock = "clock";
        await using var command = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var before = time.GetUtcNow();
        var there = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!, TimeSpan.Zero);
        var after = time.GetUtcNow();

        // Somewhere between the two the database looked at its own.
        var ahead = there > after ? there - after : there < before ? there - before : TimeSpan.Zero;
        var found = $"the database's is {ahead.Duration().TotalSeconds:0.0} s {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} this machine's";
        const string Advice = "Have NTP set both clocks: logins, keys and sessions end by them.";
        if (ahead.Duration() > ClockFault)
            findings.Fault(Clock, found, Advice);
        else if (ahead.Duration() > ClockWarning)
            findings.Warn(Clock, found, Advice);
        else
            findings.Ok(Clock, "this machine's agrees with the database's");
    }

    private static async Task ExamineRightsAsync(Findings findings, NpgsqlConnection connection, int pending, CancellationToken cancellationToken)
    {
        const string Rights = "database rights";
        const string Owner = "Let the user of DATABASE_URL own the database and its tables (ALTER … OWNER TO), and create in its schema (GRANT CREATE ON SCHEMA public).";
        const string Table =
            "SELECT class.relname::text FROM pg_class AS class WHERE class.relnamespace = to_regnamespace(current_schema()) AND class.relkind IN ('r', 'p') AND ";
        var untouchable = await connection.ReadTextsAsync(
            Table + "NOT (has_table_privilege(class.oid, 'SELECT') AND has_table_privilege(class.oid, 'INSERT') AND has_table_privilege(class.oid, 'UPDATE') AND has_table_privilege(class.oid, 'DELETE'))",
            cancellationToken);
        if (untouchable.Count > 0)
        {
            findings.Fault(Rights, $"the user can't read and write {string.Join(", ", untouchable)}", Owner);
            return;
        }

        var others = await connection.ReadTextsAsync(Table + "NOT pg_has_role(class.relowner, 'USAGE')", cancellationToken);
        await using var command = new NpgsqlCommand("SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)", connection);
        var mayCreate = (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        if (mayCreate && others.Count == 0)
            findings.Ok(Rights, "the user can read, write and change its tables");
        else if (pending > 0)
            findings.Fault(Rights, "the user can't make or change tables, as the next start has to", Owner);
        else
            findings.Warn(Rights, "the user can't make or change tables, as an upgrade will have to", Owner);
    }
}
