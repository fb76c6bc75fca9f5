using System.Globalization;
using Npgsql;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Leadership;

/// <summary>
/// The leader holds an advisory lock of the database, in a session of its own, and PostgreSQL ends that session when it hears nothing for as long as a term lasts:
/// whether the process was killed, hangs, or its machine is gone. Needs a session that stays one, which a pooler in transaction mode doesn't give.
/// </summary>
internal sealed class PostgreSqlCandidacy : ICandidacy, IAsyncDisposable
{
    /// <summary>"stacklea" in ASCII.</summary>
    private const long Key = 0x737461636b6c6561;

    private const int FirstVersionWithIdleLimit = 14;

    /// <summary>A hot standby has advisory locks of its own, which mean nothing to the primary's.</summary>
    private static readonly string Take = string.Create(
        CultureInfo.InvariantCulture, $"SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_try_advisory_lock({Key}) END");

    private static readonly string Give = string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_unlock({Key})");

    /// <summary>The lock itself is looked for: behind a pooler it may be another session that answers.</summary>
    private static readonly string Check = string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND classid = {Key >> 32} AND objid = {Key & uint.MaxValue} AND objsubid = 1)");

    private readonly LeadershipPace _pace;
    private readonly string _connectionString;
    private NpgsqlConnection? _connection;

    public PostgreSqlCandidacy(DatabaseOptions database, LeadershipPace pace, string identity)
    {
        _pace = pace;
        _connectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Pooling = false,
            ApplicationName = $"stackagent {identity}",
            Timeout = (int)Math.Ceiling(pace.Timeout.TotalSeconds),
            CommandTimeout = (int)Math.Ceiling(pace.Timeout.TotalSeconds),
        }.ConnectionString;
    }

    public string Description => "an advisory lock in PostgreSQL";

    public async Task<Attempt> TryAsync(CancellationToken cancellationToken)
    {
        var connection = _connection ??= await OpenAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(Take, connection);
            switch (await command.ExecuteScalarAsync(cancellationToken))
            {
                case true:
                    _connection = null;
                    return new Attempt(new Tenure(connection), Holder: null);
                case false:
                    return new Attempt(Tenure: null, await FindHolderAsync(connection, cancellationToken));
                default:
                    throw new InvalidOperationException("The database is a standby that only reads, so nobody can be chosen by it.");
            }
        }
        catch
        {
            // Whatever it holds goes with it.
            _connection = null;
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(Settings(connection.PostgreSqlVersion.Major), connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// A machine that is gone answers no probe, and what was sent to it stays unconfirmed; a process that hangs lets its kernel answer, and says nothing itself.
    /// Before version 14 only the former is noticed.
    /// </summary>
    private string Settings(int version)
    {
        var seconds = (int)_pace.Duration.TotalSeconds;
        var probe = Math.Max(1, seconds / 5);
        var settings = string.Create(
            CultureInfo.InvariantCulture,
            $"SET tcp_keepalives_idle = {probe * 2}; SET tcp_keepalives_interval = {probe}; SET tcp_keepalives_count = 3; SET tcp_user_timeout = {seconds * 1000};");
        return version < FirstVersionWithIdleLimit
            ? settings
            : string.Create(CultureInfo.InvariantCulture, $"{settings} SET idle_session_timeout = {(long)_pace.Duration.TotalMilliseconds}");
    }

    private static async Task<string?> FindHolderAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND classid = {Key >> 32} AND objid = {Key & uint.MaxValue} AND objsubid = 1 AND datname = current_database()"),
            connection);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    private sealed class Tenure(NpgsqlConnection connection) : ITenure
    {
        public async Task<bool> RenewAsync(CancellationToken cancellationToken)
        {
            // A session that ended has taken the lock with it.
            if (connection.FullState != System.Data.ConnectionState.Open)
                return false;

            try
            {
                await using var command = new NpgsqlCommand(Check, connection);
                return await command.ExecuteScalarAsync(cancellationToken) is true;
            }
            catch (Exception) when (connection.FullState != System.Data.ConnectionState.Open)
            {
                return false;
            }
        }

        /// <summary>Gives the lock back before the session ends: PostgreSQL may take a moment to see that it has.</summary>
        public async Task ReleaseAsync(CancellationToken cancellationToken)
        {
            await using var session = connection;
            if (session.FullState != System.Data.ConnectionState.Open)
                return;

            try
            {
                await using var command = new NpgsqlCommand(Give, session);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (NpgsqlException)
            {
                // It goes with the session then.
            }
        }
    }
}
