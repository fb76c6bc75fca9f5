using System.Diagnostics;
using StackAgent.Testing;

namespace StackAgent.Bench.Kubernetes;

/// <summary>One agent after another on a real node, from its upload to its first answer: what of that is ours, and what is Kubernetes'.</summary>
internal static class PodBenchmark
{
    /// <summary>The least that answers, and ends when it is told to.</summary>
    public const string Program =
        """
        import http.server, os, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
        """;

    private const int Runs = 10;

    public static async Task RunAsync(Lab lab)
    {
        await using var cluster = await ClusterLab.OpenAsync(lab.Options);
        if (!cluster.HasNode)
            throw new InvalidOperationException("This cluster has no node, so that no pod would run.");

        await using var server = await lab.NewServerAsync(lab.Build, cluster.ServerEnvironment);
        await server.StartAsync();
        await server.SignInAsync();
        var api = new AgentsApi(server.Process.Client);
        var stack = await api.CreateStackAsync("Pods");
        cluster.CleanUp(stack);
        await ClusterLab.UntilAsync(async () => await api.CountStacksAsync("ready") == 1, "the stack");
        await using var probe = await ClusterProbe.StartAsync(cluster, await cluster.SelectorOfAsync(stack));

        var columns = Columns.Names.Select(_ => new List<double>()).ToArray();
        var table = new Table(["run", .. Columns.Names.Select(name => $"{name} s")]);
        for (var run = 1; run <= Runs; run++)
        {
            var figures = await MeasureAsync(api, server.Process.Client, probe, stack, $"agent-{run}");
            for (var column = 0; column < columns.Length; column++)
                columns[column].Add(figures[column]);
            Add($"{run}", column => column[^1]);
        }

        Add("min", column => column.Min());
        Add("median", column => column.Median());
        Add("max", column => column.Max());
        table.Print($"One pod after another: seconds from upload to answering, {cluster.Description}");

        await api.DeleteStackAsync(stack);
        await ClusterLab.UntilAsync(async () => await api.CountStacksAsync() == 0, "the stack to be gone");

        void Add(string name, Func<List<double>, double> figure) => table.Add([name, .. columns.Select(column => $"{figure(column):F3}")]);
    }

    private static async Task<double[]> MeasureAsync(AgentsApi api, HttpClient client, ClusterProbe probe, Guid stack, string name)
    {
        var begun = Stopwatch.GetTimestamp();
        var agent = await api.UploadAsync(stack, name, new ByteArrayContent(Zip.Of(("main.py", Program))));
        var accepted = Stopwatch.GetTimestamp();
        var id = agent.GetProperty("id").GetGuid();
        var url = new Uri(agent.GetProperty("api_url").GetString()!);

        var running = FirstAsync(async () => await api.StatusAsync(id) == "running", "the agent to run");
        var answering = FirstAsync(async () =>
        {
            using var answer = await client.GetAsync(url);
            return answer.IsSuccessStatusCode;
        }, "the agent to answer");
        var runningAt = await running;
        var answeringAt = await answering;
        await ClusterLab.UntilAsync(() => probe.WholeAt(id) is not null && probe.At(id, Sight.PodReady) is not null, "the probe to see the pod");
        var whole = probe.WholeAt(id)!.Value;
        var ready = probe.At(id, Sight.PodReady)!.Value;
        await api.DeleteAgentAsync(id);

        return
        [
            Seconds(begun, accepted), Seconds(accepted, whole), Seconds(whole, ready), Seconds(ready, runningAt), Seconds(ready, answeringAt),
            Seconds(begun, answeringAt), Seconds(begun, answeringAt) - Seconds(whole, ready),
        ];
    }

    /// <summary>When it first was so.</summary>
    private static async Task<long> FirstAsync(Func<Task<bool>> condition, string what)
    {
        await ClusterLab.UntilAsync(condition, what);
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Negative when <paramref name="to"/> was seen first: each comes its own way.</summary>
    private static double Seconds(long from, long to) => (double)(to - from) / Stopwatch.Frequency;

    private static class Columns
    {
        public static readonly string[] Names =
        [
            "upload accepted (ours)", "… objects applied (ours)", "… pod ready (Kubernetes)", "… running in the API (aim: 2)", "pod ready … answers",
            "all", "all but Kubernetes",
        ];
    }
}
