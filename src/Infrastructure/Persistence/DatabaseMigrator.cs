using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>Brings the database to the present schema, one server at a time: others that start meanwhile wait for their turn.</summary>
public sealed class DatabaseMigrator(
    ApplicationDbContext database, DatabaseOptions options, TimeProvider time, ILogger<DatabaseMigrator> logger)
{
    /// <summary>The key of the advisory lock in PostgreSQL: "stackage" in ASCII.</summary>
    private const long AdvisoryLockKey = 0x737461636b616765;

    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>A database that recovers from a crash, or has no connection to spare, will be there soon: that is no reason not to start.</summary>
    private static readonly TimeSpan StartingRetry = TimeSpan.FromMilliseconds(500);

    public Task MigrateAsync(CancellationToken cancellationToken) => options.Provider == DatabaseProvider.Sqlite
        ? MigrateSqliteAsync(cancellationToken)
        : MigratePostgreSqlAsync(cancellationToken);

    private async Task MigrateSqliteAsync(CancellationToken cancellationToken)
    {
        var path = new SqliteConnectionStringBuilder(options.ConnectionString).DataSource;
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);

        await using var fileLock = await LockFileAsync($"{path}.migrating", cancellationToken);

        // EF Core's own lock is a row, which a killed server leaves behind for ever. The file lock above ends with its process, so
        // whoever holds it may clear that row.
        await database.Database.ExecuteSqlRawAsync(
            """CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL); DELETE FROM "__EFMigrationsLock";""",
            cancellationToken);
        await database.Database.MigrateAsync(cancellationToken);
    }

    private async Task MigratePostgreSqlAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(options.ConnectionString);
        await OpenWhenReadyAsync(connection, cancellationToken);
        await using (var command = new NpgsqlCommand($"SELECT pg_advisory_lock({AdvisoryLockKey})", connection) { CommandTimeout = 0 })
            await command.ExecuteNonQueryAsync(cancellationToken);

        // Closing the session releases the lock, also when this process is killed.
        await database.Database.MigrateAsync(cancellationToken);
        await using (var command = new NpgsqlCommand($"SELECT pg_advisory_unlock({AdvisoryLockKey})", connection))
            await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task OpenWhenReadyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        var hasWaited = false;
        while (true)
        {
            try
            {
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException notYet) when (MayMend(notYet) && time.GetElapsedTime(since) < options.StartPatience)
            {
                if (!hasWaited)
                {
                    logger.LogWarning(
                        "Waiting for the database, for up to {Seconds} s: {Message}",
                        options.StartPatience.TotalSeconds, (notYet.InnerException ?? notYet).Message);
                }

                hasWaited = true;
                await Task.Delay(StartingRetry, time, cancellationToken);
            }
        }
    }

    /// <summary>It recovers, has no connection to spare, or isn't listening yet. A wrong password or name is no better in a minute.</summary>
    private static bool MayMend(NpgsqlException exception) => exception is PostgresException said
        ? said.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections
        : exception.InnerException is SocketException or IOException or TimeoutException;

    private static async Task<FileStream> LockFileAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.None);
            }
            catch (IOException) when (!cancellationToken.IsCancellationRequested && File.Exists(path))
            {
                await Task.Delay(LockRetry, cancellationToken);
            }
        }
    }
}
