using System.Diagnostics;
using System.Globalization;
using System.Text;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>
/// Following an agent's log: how late a line is, how many come, and what those cost the server who follow a flood, whether they read as fast as they can or
/// not at all until it is over.
/// </summary>
internal static class LogsBenchmark
{
    private const int FloodBytes = 50 << 20;
    private const int LineBytes = 100;
    private const int Followers = 10;
    private const int SteadyRate = 200;
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(10);

    /// <summary>Longer than any flood takes that goes on: a log that has stopped is a fault, to be told and not to be waited for.</summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(Lab lab)
    {
        await using var site = await AgentSite.OpenAsync(lab, "Logs");
        using var zip = new ByteArrayContent(Zip.Of(("main.py", ProgramOn(site.Host))));
        var agent = await site.RunAsync("printer", zip);

        await MeasureDelayAsync(site, agent);
        var table = new Table("reading", "not reading", "lines each", "cuts", "seconds", "lines/s each", "MB/s in all", "RSS before MB", "peak RSS MB", "growth MB");
        await MeasureFloodAsync(site, agent, table, readers: 1, sleepers: 0);
        await MeasureFloodAsync(site, agent, table, Followers, sleepers: 0);
        await MeasureFloodAsync(site, agent, table, readers: 1, Followers);
        table.Print($"An agent prints {FloodBytes >> 20} MB in lines of {LineBytes} bytes while clients follow, {site.Description}");
    }

    /// <summary>Writes on demand: lines with the time at a steady pace, or as much and as fast as it can.</summary>
    private static string ProgramOn(string host) => $$"""
        import http.server, os, signal, sys, threading, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        def steady():
            for i in range({{SteadyRate * (int)Steady.TotalSeconds}}):
                print("steady", time.time(), flush=True)
                time.sleep({{(1.0 / SteadyRate).ToString(CultureInfo.InvariantCulture)}})
            print("steady end", flush=True)
        def flood():
            line = "flood " + "x" * {{LineBytes - 7}} + "\n"
            for i in range({{FloodBytes}} // len(line) // 100):
                sys.stdout.write(line * 100)
            print("flood end", flush=True)
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                threading.Thread(target={"/steady": steady, "/flood": flood}.get(self.path, lambda: None)).start()
                self.send_response(204)
                self.end_headers()
            def log_message(self, *_):
                pass
        http.server.ThreadingHTTPServer(("{{host}}", int(os.environ["PORT"])), Answer).serve_forever()
        """;

    private static async Task MeasureDelayAsync(AgentSite site, Guid agent)
    {
        var delays = new List<double>();
        using var log = await FollowAsync(site.Client, agent);
        await CallAsync(site.Client, $"{site.AddressOf(agent)}/steady");
        while (await NextAsync(log) is var line && !line.EndsWith("steady end", StringComparison.Ordinal))
        {
            var now = DateTimeOffset.UtcNow;
            if (line.Split(' ') is [_, _, "steady", var seconds])
                delays.Add((now - DateTimeOffset.UnixEpoch).TotalMilliseconds - (double.Parse(seconds, CultureInfo.InvariantCulture) * 1000));
        }

        var sorted = delays.Order().ToArray();
        var table = new Table("lines", "median ms", "p99 ms", "longest ms");
        table.Add($"{sorted.Length}", $"{sorted.Percentile(0.5):F1}", $"{sorted.Percentile(0.99):F1}", $"{sorted[^1]:F1}");
        table.Print($"Delay of a followed line, from print to the client, at {SteadyRate} lines a second, {site.Description}");
    }

    /// <summary>The figures of lines and time are those of the clients that read.</summary>
    private static async Task MeasureFloodAsync(AgentSite site, Guid agent, Table table, int readers, int sleepers)
    {
        var logs = await Task.WhenAll(Enumerable.Range(0, readers + sleepers).Select(_ => FollowAsync(site.Client, agent)));
        await site.Server.BecomeQuietAsync();
        var server = site.Server.Process.ProcessId;
        var before = ProcessMemory.Resident(server);
        var started = Stopwatch.GetTimestamp();
        Flood[] read = [], slept = [];
        var peak = await ProcessMemory.PeakAsync(server, async () =>
        {
            var reading = Task.WhenAll(logs.Take(readers).Select(log => ReadFloodAsync(log, started)));
            await CallAsync(site.Client, $"{site.AddressOf(agent)}/flood");
            read = await reading;
            slept = await Task.WhenAll(logs.Skip(readers).Select(log => ReadFloodAsync(log, started)));
        });

        var (lines, seconds) = (read.Select(one => (double)one.Lines).Median(), read.Max(one => one.Seconds));
        table.Add(
            $"{readers}", $"{sleepers}", Each(read, one => one.Lines), Each(read, one => one.Cuts), $"{seconds:F1}", $"{lines / seconds:F0}",
            $"{read.Sum(one => (long)one.Lines) * LineBytes / Figures.Mebi / seconds:F1}", Figures.Mb(before), Figures.Mb(peak), Figures.Mb(peak - before));
        if (sleepers > 0)
            table.Add("", "then reading", Each(slept, one => one.Lines), Each(slept, one => one.Cuts), "", "", "", "", "", "");
        foreach (var log in logs)
            log.Dispose();

        static string Each(Flood[] floods, Func<Flood, int> figure)
        {
            var (least, most) = (floods.Min(figure), floods.Max(figure));
            return least == most ? $"{least}" : $"{least} to {most}";
        }
    }

    private static async Task<Flood> ReadFloodAsync(StreamReader log, long started)
    {
        var (lines, cuts) = (0, 0);
        while (await NextAsync(log) is var line && !line.EndsWith("flood end", StringComparison.Ordinal))
        {
            if (line.EndsWith(" cut …]", StringComparison.Ordinal))
                cuts++;
            else
                lines++;
        }

        return new Flood(lines, cuts, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static async Task<string> NextAsync(StreamReader log)
    {
        var line = log.ReadLineAsync();
        return await (line.IsCompleted ? line : line.WaitAsync(Standstill)) ?? throw new InvalidOperationException("The log has ended before what it was followed for.");
    }

    private static async Task<StreamReader> FollowAsync(HttpClient client, Guid agent)
    {
        var answer = await client.GetAsync($"api/agents/{agent}/logs?follow=true&tail=0", HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        return new StreamReader(await answer.Content.ReadAsStreamAsync(), Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 64 << 10);
    }

    private static async Task CallAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What one client got of it.</summary>
    private readonly record struct Flood(int Lines, int Cuts, double Seconds);
}
