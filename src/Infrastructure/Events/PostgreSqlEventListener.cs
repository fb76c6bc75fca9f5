using Microsoft.Extensions.Logging;
using Npgsql;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Events;

/// <summary>
/// Wakes the followers of the log when any server commits events, over a connection of its own. It says only that there is something: what was said while the
/// connection was away is in the table, which is read as soon as it is back.
/// </summary>
internal sealed class PostgreSqlEventListener(
    DatabaseOptions database, EventSignal signal, TimeProvider time, ILogger<PostgreSqlEventListener> logger)
    : ResilientBackgroundService(time, logger, MaxBackoff)
{
    private const int KeepAliveSeconds = 10;
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(10);

    private readonly string _connectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString)
    {
        // Kept for as long as the server runs, and never handed to anybody else.
        Pooling = false,
        // A connection that a firewall forgot looks like silence.
        KeepAlive = KeepAliveSeconds,
    }.ConnectionString;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(_connectionString);
            connection.Notification += (_, _) => signal.Wake();
            await connection.OpenAsync(cancellationToken);
            await using (var listen = new NpgsqlCommand($"LISTEN {PostgreSqlEventLog.Channel}", connection))
                await listen.ExecuteNonQueryAsync(cancellationToken);

            signal.IsToldByDatabase = true;
            signal.Wake();
            Progress();
            while (true)
                await connection.WaitAsync(cancellationToken);
        }
        finally
        {
            signal.IsToldByDatabase = false;
            signal.Wake();
        }
    }
}
