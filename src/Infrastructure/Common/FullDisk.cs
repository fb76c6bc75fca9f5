using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace StackAgent.Infrastructure.Common;

/// <summary>Tells whether something failed because there was no room for it.</summary>
public static class FullDisk
{
    // On Unix an exception's number is the system's own; that of the quota is Linux's.
    private const int NoSpace = 28;
    private const int OverQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Looks at the causes as well. PostgreSQL's disk isn't this machine's: Npgsql says of it that trying again may help.</summary>
    public static bool IsCauseOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is IOException { HResult: NoSpace or OverQuota or WindowsDiskFull } or SqliteException { SqliteErrorCode: raw.SQLITE_FULL })
                return true;
        }

        return false;
    }
}
