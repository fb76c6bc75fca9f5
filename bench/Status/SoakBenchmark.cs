namespace StackAgent.Bench.Status;

/// <summary>Whether the server's memory stays flat under a long load on PostgreSQL.</summary>
internal static class SoakBenchmark
{
    private const int Connections = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Lab lab)
    {
        await using var rig = await StatusRig.StartAsync(lab, Store.Postgres);
        var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
        using var requests = new WrkRequests(reporters.Singles());
        var idle = rig.Memory;
        await rig.LoadAsync(requests, Connections, lab.Options.WarmUp);

        var samples = new List<long> { rig.Memory };
        var loading = rig.LoadAsync(requests, Connections, lab.Options.Soak);
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync() && !loading.IsCompleted)
            samples.Add(rig.Memory);
        var load = await loading;

        var table = new Table("resident memory of the server", "MB");
        table.Add("idle, before any report", Figures.Mb(idle));
        table.Add("first sample under load", Figures.Mb(samples[0]));
        table.Add("last", Figures.Mb(samples[^1]));
        table.Add("least", Figures.Mb(samples.Min()));
        table.Add("most", Figures.Mb(samples.Max()));
        table.Add("growth a minute, by a line through all", $"{SlopePerMinute(samples) / Figures.Mebi:F2}");
        table.Add("growth a minute, second half alone", $"{SlopePerMinute(samples[(samples.Count / 2)..]) / Figures.Mebi:F2}");
        table.Print($"Soak: {lab.Options.Soak.TotalMinutes} minutes on PostgreSQL, {Connections} connections, a sample each {Interval.TotalSeconds} s");
        Console.WriteLine($"All samples in MB: {string.Join(' ', samples.Select(sample => $"{sample / Figures.Mebi:F0}"))}");
        Console.WriteLine($"{load.Rate:F0} reports/s, {load.Requests.Answered:N0} in all, p50 {load.Requests.Median:F2} ms, p99 {load.Requests.P99:F2} ms, not 200: {load.Requests.Errors}");
    }

    /// <summary>By least squares.</summary>
    private static double SlopePerMinute(List<long> samples)
    {
        var middle = (samples.Count - 1) / 2.0;
        var spread = Enumerable.Range(0, samples.Count).Sum(i => (i - middle) * (i - middle));
        return spread == 0 ? 0 : samples.Select((sample, i) => (i - middle) * sample).Sum() / spread * (TimeSpan.FromMinutes(1) / Interval);
    }
}
