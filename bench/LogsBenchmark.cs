using System.Diagnostics;
using System.Globalization;
using System.Text;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>Following an agent's log on the local runtime: how late a line is, how many come, and what ten followers of a flood cost the server.</summary>
internal static class LogsBenchmark
{
    private const int FloodBytes = 50 << 20;
    private const int Followers = 10;
    private const int SteadyRate = 200;
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(10);

    /// <summary>Writes on demand: lines with the time at a steady pace, or as much and as fast as it can.</summary>
    private static readonly string Program = $$"""
        import http.server, os, sys, threading, time
        def steady():
            for i in range({{SteadyRate * (int)Steady.TotalSeconds}}):
                print("steady", time.time(), flush=True)
                time.sleep({{(1.0 / SteadyRate).ToString(CultureInfo.InvariantCulture)}})
            print("steady end", flush=True)
        def flood():
            line = "flood " + "x" * 93 + "\n"
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
        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
        """;

    public static async Task RunAsync(Lab lab)
    {
        await using var server = await lab.NewServerAsync(lab.Build);
        await server.StartAsync();
        await server.SignInAsync();
        var client = server.Process.Client;
        var agents = new AgentsApi(client);
        var stack = await agents.CreateStackAsync("Logs");
        using var zip = new ByteArrayContent(Zip.Of(("main.py", Program)));
        var agent = (await agents.UploadAsync(stack, "printer", zip)).GetProperty("id").GetGuid();
        await Eventually.TrueAsync(async () => await agents.StatusAsync(agent) == "running", "the agent to run");
        var address = $"stacks/{stack}/agents/{agent}";

        await MeasureDelayAsync(client, agent, address);
        await MeasureFloodAsync(server, agent, address, followers: 1);
        await MeasureFloodAsync(server, agent, address, Followers);
    }

    private static async Task MeasureDelayAsync(HttpClient client, Guid agent, string address)
    {
        var delays = new List<double>();
        using var log = await FollowAsync(client, agent);
        await CallAsync(client, $"{address}/steady");
        while (await log.ReadLineAsync() is { } line && !line.EndsWith("steady end", StringComparison.Ordinal))
        {
            var now = DateTimeOffset.UtcNow;
            if (line.Split(' ') is [_, _, "steady", var seconds])
                delays.Add((now - DateTimeOffset.UnixEpoch).TotalMilliseconds - (double.Parse(seconds, CultureInfo.InvariantCulture) * 1000));
        }

        var sorted = delays.Order().ToArray();
        var table = new Table("lines", "median ms", "p99 ms", "longest ms");
        table.Add($"{sorted.Length}", $"{sorted.Percentile(0.5):F1}", $"{sorted.Percentile(0.99):F1}", $"{sorted[^1]:F1}");
        table.Print($"Delay of a followed line, from print to the client, at {SteadyRate} lines a second");
    }

    private static async Task MeasureFloodAsync(BenchServer server, Guid agent, string address, int followers)
    {
        var client = server.Process.Client;
        var logs = await Task.WhenAll(Enumerable.Range(0, followers).Select(_ => FollowAsync(client, agent)));
        await server.BecomeQuietAsync();
        var before = ProcessMemory.Resident(server.Process.ProcessId);
        var started = Stopwatch.GetTimestamp();
        (int Lines, int Cuts, double Seconds)[] read = [];
        var peak = await ProcessMemory.PeakAsync(server.Process.ProcessId, async () =>
        {
            var reading = Task.WhenAll(logs.Select(log => ReadFloodAsync(log, started)));
            await CallAsync(client, $"{address}/flood");
            read = await reading;
        });

        var table = new Table("followers", "lines each", "cuts", "seconds", "lines/s each", "MB/s in all", "RSS before MB", "peak RSS MB", "growth MB");
        var (lines, seconds) = (read.Select(one => (double)one.Lines).Median(), read.Max(one => one.Seconds));
        table.Add(
            $"{followers}", $"{lines:F0}", $"{read.Sum(one => one.Cuts)}", $"{seconds:F1}", $"{lines / seconds:F0}",
            $"{read.Sum(one => (long)one.Lines) * 100 / Figures.Mebi / seconds:F1}", Figures.Mb(before), Figures.Mb(peak), Figures.Mb(peak - before));
        table.Print($"An agent prints {FloodBytes >> 20} MB while {followers} {(followers == 1 ? "client follows" : "clients follow")}");
        foreach (var log in logs)
            log.Dispose();
    }

    private static async Task<(int Lines, int Cuts, double Seconds)> ReadFloodAsync(StreamReader log, long started)
    {
        var (lines, cuts) = (0, 0);
        while (await log.ReadLineAsync() is { } line && !line.EndsWith("flood end", StringComparison.Ordinal))
        {
            if (line.EndsWith(" cut …]", StringComparison.Ordinal))
                cuts++;
            else
                lines++;
        }

        return (lines, cuts, Stopwatch.GetElapsedTime(started).TotalSeconds);
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
}
