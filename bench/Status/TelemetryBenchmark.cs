namespace StackAgent.Bench.Status;

/// <summary>What it costs a report that the server can be watched: not at all asked for, metrics with a few traces, and a trace of everything.</summary>
internal static class TelemetryBenchmark
{
    private const int Connections = 16;
    private const int Rounds = 5;

    public static async Task RunAsync(Lab lab)
    {
        await using var collector = await Collector.StartAsync();
        var watched = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.AbsoluteUri,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "5000",
        };
        var sampled = new Dictionary<string, string>(watched, StringComparer.Ordinal) { ["OTEL_TRACES_SAMPLER"] = "traceidratio", ["OTEL_TRACES_SAMPLER_ARG"] = "0.01" };

        foreach (var store in lab.Options.Stores)
        {
            await using var subjects = new Subjects();
            if (lab.Options.Baseline is { } baseline)
                await subjects.AddAsync("the baseline", await StatusRig.StartAsync(lab, store, build: baseline));
            await subjects.AddAsync("off", await StatusRig.StartAsync(lab, store));
            await subjects.AddAsync("metrics, one trace in a hundred", await StatusRig.StartAsync(lab, store, sampled));
            await subjects.AddAsync("metrics, every trace", await StatusRig.StartAsync(lab, store, watched));
            await subjects.MeasureAsync(lab.Options);
            subjects.Print($"Telemetry on {store.Name()}: reports from {Connections} connections, {Rounds} rounds in turn, medians; the collector takes everything and shares the cores");
        }
    }

    /// <summary>Servers that differ in one thing, each with reporters of its own.</summary>
    private sealed class Subjects : IAsyncDisposable
    {
        private readonly List<(string Name, StatusRig Rig, WrkRequests Requests, List<Load> Loads)> _all = [];

        public async Task AddAsync(string name, StatusRig rig)
        {
            var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
            _all.Add((name, rig, new WrkRequests(reporters.Singles()), []));
        }

        public async Task MeasureAsync(BenchOptions options)
        {
            foreach (var (_, rig, requests, _) in _all)
                await rig.LoadAsync(requests, Connections, options.WarmUp * 2);
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (_, rig, requests, loads) in _all)
                    loads.Add(await rig.LoadAsync(requests, Connections, options.Duration));
            }
        }

        public void Print(string title)
        {
            var table = new Table("telemetry", "reports/s", "server CPU µs/report", "not 200", "reports/s ×", "CPU ×");
            var first = Medians(_all[0].Loads);
            foreach (var (name, _, _, loads) in _all)
            {
                var (rate, processor) = Medians(loads);
                table.Add(
                    name, $"{rate:F0}", $"{processor:F1}", $"{loads.Sum(load => load.Requests.Refused + load.Requests.Broken)}",
                    $"{rate / first.Rate:F3}", $"{processor / first.Processor:F3}");
            }

            table.Print(title);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (_, rig, requests, _) in _all)
            {
                requests.Dispose();
                await rig.DisposeAsync();
            }
        }

        private static (double Rate, double Processor) Medians(List<Load> loads) =>
            (loads.Select(load => load.Rate).Median(), loads.Select(load => load.Server).Median());
    }
}
