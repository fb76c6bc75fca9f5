using System.Diagnostics;
using System.IO.Compression;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>A ZIP as large as one may be: how long it takes to be an agent, and what it costs the server in memory.</summary>
internal static class UploadBenchmark
{
    private const int Runs = 3;
    private const int Files = 4;
    private const int Limit = 200 << 20;

    /// <summary>For the ZIP's own structure, which grows what can't be compressed.</summary>
    private const int Overhead = 256 << 10;

    private const int BufferSize = 1 << 20;

    public static async Task RunAsync(Lab lab)
    {
        using var folder = new TemporaryFolder();
        var zip = folder["code.zip"];
        await MakeZipAsync(zip);
        var bytes = new FileInfo(zip).Length;
        if (bytes > Limit)
            throw new InvalidOperationException($"The ZIP has become larger than the server takes: {bytes} bytes.");

        await using var server = await lab.NewServerAsync(lab.Build);
        await server.StartAsync();
        await server.SignInAsync();
        using var client = new HttpClient { BaseAddress = server.Process.Client.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = server.Process.Client.DefaultRequestHeaders.Authorization;
        var agents = new AgentsApi(client);
        var stack = await agents.CreateStackAsync("Uploads");

        var table = new Table("run", "upload s", "MB/s", "floor s", "upload / floor", "RSS before MB", "peak RSS MB", "growth MB");
        var uploads = new List<double>();
        var floors = new List<double>();
        var growths = new List<double>();
        for (var run = 1; run <= Runs; run++)
        {
            var floor = await FloorAsync(zip, folder["floor"]);
            await server.BecomeQuietAsync();
            var before = ProcessMemory.Resident(server.Process.ProcessId);
            var started = Stopwatch.GetTimestamp();
            var peak = await ProcessMemory.PeakAsync(server.Process.ProcessId, () => UploadAsync(agents, stack, $"agent {run}", zip));
            var upload = Stopwatch.GetElapsedTime(started).TotalSeconds;

            uploads.Add(upload);
            floors.Add(floor);
            growths.Add(peak - before);
            table.Add($"{run}", $"{upload:F2}", $"{bytes / Figures.Mebi / upload:F0}", $"{floor:F2}", $"{upload / floor:F1}", Figures.Mb(before), Figures.Mb(peak), Figures.Mb(peak - before));
        }

        var median = uploads.Median();
        table.Add("median", $"{median:F2}", $"{bytes / Figures.Mebi / median:F0}", $"{floors.Median():F2}", $"{uploads.Zip(floors, (upload, floor) => upload / floor).Median():F1}", "", "", Figures.Mb(growths.Median()));
        table.Print($"Upload of {Figures.Mb(bytes)} MB (floor: the same bytes copied to the same disk, and fsync)");
    }

    private static async Task MakeZipAsync(string path)
    {
        var random = new Random(1);
        var buffer = new byte[BufferSize];
        await using var file = File.Create(path);
        await using var archive = new ZipArchive(file, ZipArchiveMode.Create);
        for (var i = 0; i < Files; i++)
        {
            await using var entry = await archive.CreateEntry($"weights-{i}.bin", CompressionLevel.Optimal).OpenAsync();
            for (var left = (Limit - Overhead) / Files; left > 0; left -= BufferSize)
            {
                random.NextBytes(buffer);
                await entry.WriteAsync(buffer.AsMemory(0, Math.Min(left, BufferSize)));
            }
        }
    }

    private static async Task<double> FloorAsync(string source, string target)
    {
        var buffer = new byte[BufferSize];
        var started = Stopwatch.GetTimestamp();
        using (var from = File.OpenHandle(source))
        using (var to = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write))
        {
            var written = 0L;
            while (await RandomAccess.ReadAsync(from, buffer, written) is var count and > 0)
            {
                await RandomAccess.WriteAsync(to, buffer.AsMemory(0, count), written);
                written += count;
            }

            RandomAccess.FlushToDisk(to);
        }

        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        File.Delete(target);
        return elapsed;
    }

    private static async Task UploadAsync(AgentsApi agents, Guid stack, string name, string zip)
    {
        await using var file = File.OpenRead(zip);
        using var content = new StreamContent(file, BufferSize);
        await agents.UploadAsync(stack, name, content);
    }
}
