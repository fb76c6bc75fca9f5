using Microsoft.Data.Sqlite;
using SQLitePCL;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>A database in a file: whether it can be opened and written to, and holds what this version expects. The file isn't made, and its mode isn't changed.</summary>
internal sealed class SqliteCheckup(DatabaseOptions options, AccountOptions accounts) : ICheckup
{
    private const string What = "database";
    private const int LockSeconds = 2;

    public string Area => What;

    public async Task ExamineAsync(Findings findings, CancellationToken cancellationToken)
    {
        var given = new SqliteConnectionStringBuilder(options.ConnectionString);
        var path = Path.GetFullPath(given.DataSource);
        if (!File.Exists(path))
        {
            if (WritableFolder.FindObstacle(Path.GetDirectoryName(path)!) is { } obstacle)
                findings.Fault(What, $"SQLite, {path}: not there yet, and can't be made: {obstacle}", "Let the server's user write there, or name another place in DATABASE_URL.");
            else
                findings.Ok(What, $"SQLite, {path}: not there yet; the server makes it at its first start");
            DiskSpace.Examine(findings, "database's disk", path, DiskSpace.Least);
            return;
        }

        if (DiskSpace.FindShared(path) is { } kind)
        {
            findings.Warn(
                What, $"{path} is on a network file system ({kind}), whose locks SQLite can't rely on", "Keep the file on this machine's own disk, or use PostgreSQL.");
        }

        var own = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = LockSeconds };
        try
        {
            await using var connection = new SqliteConnection(own.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            var tables = await connection.ReadTextsAsync(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '__EFMigrationsLock'", cancellationToken);
            await using (var transaction = connection.BeginTransaction(deferred: false))
                await transaction.RollbackAsync(cancellationToken);
            findings.Ok(What, $"SQLite {connection.ServerVersion}, {path}");
            await SchemaCheckup.ExamineAsync(findings, connection, tables, typeof(SqliteDbContext), accounts, cancellationToken);
        }
        catch (SqliteException exception)
        {
            var (found, advice) = Explain(exception);
            findings.Fault(What, $"{path}: {found}", advice);
        }

        DiskSpace.Examine(findings, "database's disk", path, DiskSpace.Least);
    }

    private static (string Found, string Advice) Explain(SqliteException exception) => exception.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => ("another process holds it locked", "Find out which (fuser names it), and end it: a server writes for moments only."),
        raw.SQLITE_READONLY or raw.SQLITE_PERM => ("it can't be written to", "Let the server's user write to the file and to its folder."),
        raw.SQLITE_FULL => ("its disk is full", "Make room."),
        raw.SQLITE_NOTADB => ("it isn't a SQLite database", "Correct DATABASE_URL, or restore the file from a backup."),
        raw.SQLITE_CORRUPT => ("it is damaged", "Restore it from a backup, see \"Restoring\" in docs/operations.md."),
        raw.SQLITE_CANTOPEN => ("it can't be opened", "Let the server's user read and write the file and its folder."),
        _ => (exception.Message, "See docs/operations.md."),
    };
}
