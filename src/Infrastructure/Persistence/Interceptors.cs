using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SQLitePCL;
using StackAgent.Application.Common.Persistence;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>Turns <see cref="QueryExtensions.ForUpdate{T}"/> into PostgreSQL's row lock.</summary>
internal sealed class ForUpdateInterceptor : DbCommandInterceptor
{
    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        if (command.CommandText.StartsWith($"-- {QueryExtensions.ForUpdateTag}", StringComparison.Ordinal))
            command.CommandText += "\nFOR UPDATE";
        return ValueTask.FromResult(result);
    }
}

/// <summary>Prepares each SQLite connection: durability, waiting for locks, and a <c>lower</c> that knows more than ASCII.</summary>
internal sealed class SqliteConnectionInterceptor(bool durable) : DbConnectionInterceptor
{
    private readonly ConditionalWeakTable<sqlite3, sqlite3> _prepared = [];

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Prepare((SqliteConnection)connection);

    public override Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Prepare((SqliteConnection)connection);
        return Task.CompletedTask;
    }

    /// <summary>For whoever opens a connection without EF Core.</summary>
    public void Prepare(SqliteConnection connection)
    {
        connection.CreateFunction("lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);

        // The pool hands the same connection out again and again, and what a PRAGMA set stays.
        var handle = connection.Handle!;
        if (_prepared.TryGetValue(handle, out _))
            return;

        SqliteSetup.Prepare(connection, durable);
        _prepared.AddOrUpdate(handle, handle);
    }
}

internal static class SqliteSetup
{
    /// <summary>Makes a new connection durable, or not, and patient with others.</summary>
    public static void Prepare(SqliteConnection connection, bool durable)
    {
        // With WAL, FULL syncs the log at each commit: what was acknowledged survives a power cut, not only a crash of the process.
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous={(durable ? "FULL" : "OFF")};";
        command.ExecuteNonQuery();
    }
}
