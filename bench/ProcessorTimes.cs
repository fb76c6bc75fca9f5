using System.Globalization;
using Npgsql;

namespace StackAgent.Bench;

/// <summary>What the kernel says about other processes' use of the processor, user and system time together.</summary>
internal static class ProcessorTimes
{
    /// <summary>Linux counts in this unit wherever programs can see it (USER_HZ).</summary>
    private const int TicksPerSecond = 100;

    public static TimeSpan Of(int process) => Read(process, withEnded: false);

    /// <summary>Of a process and its children, those that have ended included.</summary>
    public static TimeSpan OfFamily(int parent)
    {
        var total = Read(parent, withEnded: true);
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process) && Fields(process)[1] == $"{parent}")
                    total += Of(process);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at: the parent has its time from now on.
            }
        }

        return total;
    }

    /// <summary>The process that all others of a PostgreSQL server come from; null when that runs on another machine, or doesn't tell.</summary>
    public static async Task<int?> PostmasterAsync(string connectionString)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)", connection);
            var process = int.Parse((string)(await command.ExecuteScalarAsync())!, CultureInfo.InvariantCulture);
            return (await File.ReadAllTextAsync($"/proc/{process}/comm")).Trim() == "postgres" ? process : null;
        }
        catch (Exception exception) when (exception is PostgresException or IOException)
        {
            return null;
        }
    }

    private static TimeSpan Read(int process, bool withEnded)
    {
        // utime, stime, cutime, cstime
        var ticks = Fields(process).Skip(11).Take(withEnded ? 4 : 2).Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }

    /// <summary>Of <c>/proc/PID/stat</c>, from the state on: the program's name before it may hold spaces.</summary>
    private static string[] Fields(int process)
    {
        var line = File.ReadAllText($"/proc/{process}/stat");
        return line[(line.LastIndexOf(')') + 2)..].Split(' ');
    }
}
