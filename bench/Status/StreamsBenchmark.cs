using System.Diagnostics;

namespace StackAgent.Bench.Status;

/// <summary>
/// A thousand event streams while sessions change: how long after a report's acknowledgement its event is there, and what that costs. This
/// process sends the reports and holds the streams, so that one clock measures.
/// </summary>
internal static class StreamsBenchmark
{
    private const int Streams = 1000;
    private const int ReportsPerSecond = 200;
    private const string Events = "/api/events?types=session.status_changed";

    public static async Task RunAsync(Lab lab)
    {
        var table = new Table(
            "each stream", "reports/s", "events/s", "p50 ms", "p99 ms", "max ms", "missing", "closed by the server", "server CPU", "PostgreSQL CPU", "this process's CPU",
            "RSS before MB", "RSS with streams MB", "RSS at the end MB");
        var store = lab.Options.Stores[0];
        var perAgent = Streams / Reporters.Agents;
        await MeasureAsync(lab, store, table, $"one agent, {perAgent} streams each", perAgent, stream => $"{Events}&agent_id={Reporters.Agent(stream % Reporters.Agents)}");
        await MeasureAsync(lab, store, table, "everything", Streams, _ => Events);
        table.Print(
            $"{Streams:N0} event streams on {store.Name()}, {ReportsPerSecond} reports/s that each change a session's status; times from acknowledgement "
            + "to arrival, below 0 when the event came first; CPU in parts of one core");
    }

    /// <summary>Adds a row to the table.</summary>
    /// <param name="lab">Makes the server.</param>
    /// <param name="store">On what.</param>
    /// <param name="table">Of all rows.</param>
    /// <param name="name">Of the row.</param>
    /// <param name="readers">How many streams hear of a report.</param>
    /// <param name="path">Of each stream.</param>
    private static async Task MeasureAsync(Lab lab, Store store, Table table, string name, int readers, Func<int, string> path)
    {
        await using var rig = await StatusRig.StartAsync(lab, store);
        var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
        using var reporter = await PacedReporter.StartAsync(rig.Address, reporters);
        await rig.Server.BecomeQuietAsync();
        var before = rig.Memory;

        var warmUp = (int)lab.Options.WarmUp.TotalSeconds * ReportsPerSecond;
        var measured = (int)lab.Options.Duration.TotalSeconds * ReportsPerSecond;
        using var streams = await EventStreams.OpenAsync(
            rig.Address, rig.Server.AccessToken, Enumerable.Range(0, Streams).Select(path), PacedReporter.Sessions, (warmUp + measured) * readers);
        await rig.Server.BecomeQuietAsync();
        var open = rig.Memory;

        var acknowledged = new long[warmUp + measured];
        await reporter.RunAsync(warmUp, ReportsPerSecond, acknowledged);
        await streams.DrainAsync(warmUp * readers);
        var missed = warmUp * readers - streams.Count;
        var (server, postgres) = rig.ProcessorTime;
        var own = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        await reporter.RunAsync(measured, ReportsPerSecond, acknowledged);
        var sent = Stopwatch.GetElapsedTime(started);
        await streams.DrainAsync(acknowledged.Length * readers - missed);
        var (serverAfter, postgresAfter) = rig.ProcessorTime;
        var ownUsed = Environment.CpuUsage.TotalTime - own;
        var end = rig.Memory;

        var (delays, arriving) = Delays(streams, acknowledged, warmUp);
        var elapsed = Math.Max(arriving, sent.TotalSeconds);
        table.Add(
            name, $"{measured / sent.TotalSeconds:F0}", $"{delays.Length / elapsed:F0}",
            $"{delays.Percentile(0.5):F2}", $"{delays.Percentile(0.99):F2}", $"{delays.Percentile(1):F2}",
            $"{measured * readers - delays.Length}", $"{streams.Closed}",
            $"{(serverAfter - server) / 1e6 / elapsed:P0}", postgresAfter is { } after ? $"{(after - postgres) / 1e6 / elapsed:P0}" : "", $"{ownUsed.TotalSeconds / elapsed:P0}",
            Figures.Mb(before), Figures.Mb(open), Figures.Mb(end));
        if (streams.LastWords is { } words)
            Console.WriteLine($"The last event of a stream that the server closed:\n{words}");
    }

    /// <summary>In milliseconds, sorted, and the seconds from the first of them to the last.</summary>
    private static (double[] Delays, double Seconds) Delays(EventStreams streams, long[] acknowledged, int first)
    {
        var delays = new List<double>(streams.Count);
        var (from, until) = (long.MaxValue, 0L);
        foreach (var (report, at) in streams.Arrivals)
        {
            if (report < first || report >= acknowledged.Length)
                continue;
            delays.Add(Milliseconds(at - acknowledged[report]));
            (from, until) = (Math.Min(from, at), Math.Max(until, at));
        }

        if (delays.Count == 0)
            throw new InvalidOperationException("Not one event came.");
        delays.Sort();
        return ([.. delays], Milliseconds(until - from) / 1000);

        static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
    }
}
