using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;
using StackAgent.Application.Common;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>
/// Whether the database can be written to, without writing anything: a standby, a database that was made read-only and a file on a read-only
/// disk answer every question and yet are of no use.
/// </summary>
internal sealed class DatabaseReadiness(ApplicationDbContext database, WriteGate gate) : IReadinessCheck
{
    /// <summary>Less than the patience of whoever asks, so that the answer says what is the matter. In seconds.</summary>
    private const int Patience = 3;

    private const string Locked = "The database is locked: for seconds nothing could be written.";

    public string Name => "database";

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            return database.Database.IsNpgsql() ? await CheckPostgreSqlAsync(cancellationToken) : await CheckSqliteAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or InvalidOperationException { InnerException: DbException })
        {
            return "The database doesn't answer.";
        }
    }

    private async Task<string?> CheckPostgreSqlAsync(CancellationToken cancellationToken)
    {
        await database.Database.OpenConnectionAsync(cancellationToken);
        await using var command = database.Database.GetDbConnection().CreateCommand();
        command.CommandText = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";
        command.CommandTimeout = Patience;
        return await command.ExecuteScalarAsync(cancellationToken) is true ? "The database can only be read: it is a standby, or was made read-only." : null;
    }

    private async Task<string?> CheckSqliteAsync(CancellationToken cancellationToken)
    {
        // Other writers of this process stand in line, so behind the gate nobody but another process can hold the lock.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(Patience));
        try
        {
            using (await gate.EnterAsync(patience.Token))
            {
                return await Task.Run(TakeWriteLock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Locked;
        }
    }

    /// <summary>On a connection of its own, whose patience with a lock is short; SQLite waits on the thread.</summary>
    private string? TakeWriteLock()
    {
        var options = new SqliteConnectionStringBuilder(database.Database.GetConnectionString())
        {
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 1,
        };
        try
        {
            using var connection = new SqliteConnection(options.ConnectionString);
            connection.Open();
            using var transaction = connection.BeginTransaction(deferred: false);
            transaction.Rollback();
            return null;
        }
        catch (SqliteException exception)
        {
            return exception.SqliteErrorCode switch
            {
                raw.SQLITE_BUSY or raw.SQLITE_LOCKED => Locked,
                raw.SQLITE_READONLY => "The database can't be written to: its file or disk is read-only.",
                raw.SQLITE_FULL => "The disk that holds the database is full.",
                raw.SQLITE_CANTOPEN or raw.SQLITE_NOTADB or raw.SQLITE_IOERR or raw.SQLITE_CORRUPT => "The database's file can't be read.",
                _ => "The database doesn't answer.",
            };
        }
    }
}
