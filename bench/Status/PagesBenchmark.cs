using System.Text;

namespace StackAgent.Bench.Status;

/// <summary>Lists of agents and of stacks with a million reports behind the agents.</summary>
internal static class PagesBenchmark
{
    private const int Connections = 16;
    private const int Stacks = 100;
    private const int AgentsInStack = 10;
    private const int Sessions = 5;
    private const int Reports = 1_000_000;
    private const int ArraySize = 1000;
    private const int TtlMinutes = 1440;

    public static async Task RunAsync(Lab lab)
    {
        foreach (var store in lab.Options.Stores.Where(store => store != Store.Memory))
        {
            await using var rig = await StatusRig.StartAsync(lab, store);
            var few = await ReportAsync(rig, agents: 200);
            var many = await ReportAsync(rig, agents: 2000);
            var stacks = await rig.Server.SignInAsync();
            await rig.Server.Process.StopAsync();
            await using (var rows = await BulkRows.OpenAsync(rig.Server.Database))
            {
                await rows.MultiplyReportsAsync(few.Owner, Reports / (200 * Sessions));
                await rows.MultiplyReportsAsync(many.Owner, Reports / (2000 * Sessions));
                await SampleData.AddAsync(rig.Server.Database, stacks, Stacks, AgentsInStack);
                await rows.AnalyzeAsync();
            }

            await rig.Server.StartAsync();
            await rig.Server.BecomeQuietAsync();
            await MeasureAsync(rig, few.Token, many.Token, lab.Options);
        }
    }

    private static async Task MeasureAsync(StatusRig rig, string few, string many, BenchOptions options)
    {
        var table = new Table("GET, 16 connections", "lists/s", "p50 ms", "p99 ms", "not 200", "server CPU ms/list", "PostgreSQL CPU ms/list", "of the floor");
        Load? floor = null;
        await MeasureAsync("/health without a token (the floor)", "", "/health");
        await MeasureAsync("/api/agents?limit=100, 200 agents", few, "/api/agents?limit=100");
        await MeasureAsync("/api/agents, all 200", few, "/api/agents");
        await MeasureAsync("/api/agents?limit=100, 2,000 agents", many, "/api/agents?limit=100");
        await MeasureAsync("/api/agents, all 2,000 in two pages (times: of a page)", many, "/api/agents?limit=1000&page=1", "/api/agents?limit=1000&page=2");
        await MeasureAsync($"/api/stacks?limit=20, {Stacks} stacks × {AgentsInStack} agents", rig.Server.AccessToken, "/api/stacks?limit=20");
        table.Print($"Lists on {rig.Store.Name()}: {Reports:N0} reports behind the 200 agents, and as many behind the 2,000");

        async Task MeasureAsync(string name, string credential, params string[] pages)
        {
            using var requests = new WrkRequests([.. pages.Select(page => new WrkRequest("GET", page, credential))]);
            await rig.LoadAsync(requests, Connections, options.WarmUp);
            var load = await rig.LoadAsync(requests, Connections, options.Duration);
            floor ??= load;
            table.Add(
                name, $"{load.Rate / pages.Length:F1}", $"{load.Requests.Median:F2}", $"{load.Requests.P99:F2}", load.Requests.Errors,
                $"{load.Server * pages.Length / 1000:F3}", load.Postgres is { } time ? $"{time * pages.Length / 1000:F3}" : "", $"{load.Rate / pages.Length / floor.Rate:P1}");
        }
    }

    /// <summary>Registers a new account's agents by their first reports, one for each session.</summary>
    private static async Task<(Guid Owner, string Token)> ReportAsync(StatusRig rig, int agents)
    {
        var owner = await rig.Server.SignInAsync();
        var reports = from session in Enumerable.Range(0, Sessions)
                      from agent in Enumerable.Range(0, agents)
                      select Reporters.Report(Reporters.Agent(agent), Reporters.Topic(session), "running", TtlMinutes);
        foreach (var array in reports.Chunk(ArraySize))
        {
            using var content = new StringContent(Reporters.Array(array), Encoding.UTF8, "application/json");
            using var answer = await rig.Server.Process.Client.PostAsync(Reporters.Path, content);
            answer.EnsureSuccessStatusCode();
        }

        return (owner, rig.Server.AccessToken);
    }
}
