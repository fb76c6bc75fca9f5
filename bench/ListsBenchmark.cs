namespace StackAgent.Bench;

/// <summary>The lists that every page of a client starts with, full, under load.</summary>
internal static class ListsBenchmark
{
    /// <summary>The cheapest answer the server has: what HTTP, the server and the generator cost by themselves. Asked for without a token.</summary>
    private const string Floor = "health";

    private static readonly string[] Paths = [Floor, "api/stacks", "api/agents?limit=100", "api/agents"];

    public static async Task RunAsync(Lab lab)
    {
        await using var server = await PrepareAsync(lab, lab.Build);
        await using var baseline = lab.Options.Baseline is { } build ? await PrepareAsync(lab, build) : null;

        string[] columns = ["GET", "requests/s", "p50 ms", "p99 ms", "server CPU ms/request", "bytes", "of floor"];
        var table = new Table(baseline is null ? columns : [.. columns, "baseline requests/s", "baseline CPU ms/request", "requests/s ×", "CPU ×"]);
        LoadResult? floor = null;
        foreach (var path in Paths)
        {
            var before = baseline is null ? null : await MeasureAsync(baseline, path);
            var now = await MeasureAsync(server, path);
            floor ??= now;
            string[] row =
            [
                $"/{path}", $"{now.Rate:F0}", $"{now.Median:F2}", $"{now.P99:F2}", $"{now.Processor:F3}", $"{now.Size}", $"{now.Rate / floor.Rate:P1}",
            ];
            table.Add(before is null
                ? row
                : [.. row, $"{before.Rate:F0}", $"{before.Processor:F3}", $"{now.Rate / before.Rate:F2}", $"{now.Processor / before.Processor:F2}"]);
        }

        table.Print(
            $"Lists: {SampleData.Stacks} stacks of {SampleData.AgentsInStack} agents, {LoadGenerator.Connections} connections, "
            + $"{LoadGenerator.Duration.TotalSeconds} s each; generator and server share the cores");
    }

    private static Task<LoadResult> MeasureAsync(BenchServer server, string path) =>
        new LoadGenerator(server.Process.Client, isAnonymous: path == Floor).RunAsync(server, path);

    private static async Task<BenchServer> PrepareAsync(Lab lab, string build)
    {
        var server = await lab.NewServerAsync(build);
        try
        {
            await server.StartAsync();
            var owner = await server.SignInAsync();
            await server.Process.StopAsync();
            await SampleData.AddAsync(server.Database, owner);
            await server.StartAsync();
            await server.BecomeQuietAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
