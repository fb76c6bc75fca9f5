using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SQLitePCL;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>Why a batch wasn't committed, which decides what to do about it.</summary>
internal enum WriteFailure
{
    /// <summary>Another server was faster; the same batch succeeds when it is tried again.</summary>
    LostRace,

    /// <summary>The database is away, full or overloaded. It isn't the reports' fault.</summary>
    Unavailable,

    /// <summary>Something in the batch can't be stored, whatever the reason.</summary>
    Poisoned,
}

internal static class WriteFailures
{
    public static WriteFailure Classify(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ConflictException or DbUpdateConcurrencyException:
                case PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation }:
                case PostgresException { SqlState: UpdateActivity.ChangedState }:
                case PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure }:
                    return WriteFailure.LostRace;

                case SqliteException { SqliteErrorCode: var code }:
                    return IsUnavailable(code) ? WriteFailure.Unavailable : WriteFailure.Poisoned;

                // A refused log-in and a database in recovery count too: Npgsql calls only some of them transient.
                case PostgresException { SqlState: var state } when IsUnavailable(state):
                case DbException { IsTransient: true }:
                case NpgsqlException and not PostgresException:
                case TimeoutException or IOException:
                    return WriteFailure.Unavailable;
            }
        }

        return WriteFailure.Poisoned;
    }

    private static bool IsUnavailable(int sqliteCode) => sqliteCode is
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_NOMEM;

    /// <summary>The classes of SQLSTATE that speak of the server and not of the statement.</summary>
    private static bool IsUnavailable(string sqlState) => sqlState[..2] is "08" or "28" or "3D" or "53" or "55" or "57" or "58";
}
