using System.Diagnostics;
using Npgsql;
using StackAgent.Testing;

namespace StackAgent.Bench.Status;

/// <summary>The figures of status tracking: each part has a word of its own, <c>status</c> stands for all of them.</summary>
internal static class StatusBenchmarks
{
    public const string All = "status";

    private static readonly (string Word, Func<Lab, Task> RunAsync)[] Parts =
    [
        ("reports", ReportsBenchmark.RunSinglesAsync),
        ("history", HistoryBenchmark.RunAsync),
        ("arrays", ReportsBenchmark.RunArraysAsync),
        ("pages", PagesBenchmark.RunAsync),
        ("streams", StreamsBenchmark.RunAsync),
        ("notifications", NotificationsBenchmark.RunAsync),
        ("telemetry", TelemetryBenchmark.RunAsync),
        ("soak", SoakBenchmark.RunAsync),
    ];

    public static IEnumerable<string> Words => [All, .. Parts.Select(part => part.Word)];

    public static async Task RunAsync(Lab lab)
    {
        Wrk.Require();
        await DescribeDiskAsync(lab);
        foreach (var (word, runAsync) in Parts)
        {
            if (lab.Options.What == word || lab.Options.What == All)
                await runAsync(lab);
        }
    }

    // Durable figures say as much about the disk as about the product.
    private static async Task DescribeDiskAsync(Lab lab)
    {
        var table = new Table("disk and database", "");
        table.Add("write and fsync of 8 KiB, median", $"{MeasureFsync():F0} µs");
        if (lab.Options.Stores.Contains(Store.Postgres))
        {
            await using var server = await lab.NewServerAsync(Store.Postgres, lab.Build);
            await using var connection = new NpgsqlConnection(server.Database.ConnectionString);
            await connection.OpenAsync();
            foreach (var setting in (string[])["server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers", "max_wal_size"])
            {
                await using var command = new NpgsqlCommand($"SHOW {setting}", connection);
                table.Add($"PostgreSQL: {setting}", (string)(await command.ExecuteScalarAsync())!);
            }
        }

        table.Print("Disk and database");
    }

    private static double MeasureFsync()
    {
        using var folder = new TemporaryFolder();
        using var file = File.OpenHandle(folder["probe"], FileMode.CreateNew, FileAccess.Write);
        var page = new byte[8 << 10];
        return Enumerable.Range(0, 200).Select(i =>
        {
            var started = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, page, i * page.Length);
            RandomAccess.FlushToDisk(file);
            return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }).ToArray().Median();
    }
}
