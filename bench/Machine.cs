using System.Runtime.InteropServices;
using StackAgent.Bench.Status;

namespace StackAgent.Bench;

/// <summary>Where and when figures were taken: without it they mean nothing.</summary>
internal static class Machine
{
    /// <summary>Over 1, 5 and 15 minutes.</summary>
    public static string LoadAverage => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    public static async Task DescribeAsync(BenchOptions options)
    {
        var table = new Table("", "");
        table.Add("date", DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'"));
        table.Add("processor", $"{Field("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores");
        table.Add("memory", $"{long.Parse(Field("/proc/meminfo", "MemTotal").Split(' ')[0]) / 1024.0 / 1024.0:F1} GiB");
        table.Add("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        table.Add("load average before", LoadAverage);
        table.Add("commit", await CommitAsync());
        var isStatus = StatusBenchmarks.Words.Contains(options.What, StringComparer.Ordinal);
        table.Add("database", isStatus ? string.Join(", ", options.Stores.Select(store => store.Name())) : options.Postgres is null ? "SQLite" : "PostgreSQL");
        table.Print("Machine");
    }

    private static string Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "0 (unknown)";

    private static async Task<string> CommitAsync()
    {
        var commit = await Command.RunAsync("git", "rev-parse", "--short", "HEAD");
        var changes = await Command.RunAsync("git", "status", "--porcelain", "--untracked-files=no", "--", "src");
        return changes.Length == 0 ? commit : $"{commit} with changes";
    }
}
