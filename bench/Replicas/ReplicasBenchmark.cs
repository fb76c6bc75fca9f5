using StackAgent.Bench.Status;
using StackAgent.Testing;

namespace StackAgent.Bench.Replicas;

/// <summary>
/// Requests a second through two replicas beside one, on the same PostgreSQL. In turns, so that a busy machine spoils both alike. Where all share the same cores
/// two can't do more than one: then the ratio says what a second one costs.
/// </summary>
internal static class ReplicasBenchmark
{
    private const int Connections = 32;
    private const int Rounds = 3;

    public static async Task RunAsync(Lab lab)
    {
        Wrk.Require();
        await using var pair = await ReplicaPair.StartAsync(lab);
        await Eventually.TrueAsync(() => pair.All.Any(replica => replica.Leads), "one to lead");
        var client = pair.All[0].Process.Client;
        var reporters = await Reporters.CreateAsync(client);
        var table = new Table("requests", "one replica/s", "two replicas/s", "ratio", "not 200");
        using (var reports = new WrkRequests(reporters.Singles()))
            await MeasureAsync("reports", reports);
        using (var list = new WrkRequests([new WrkRequest("GET", "/api/agents?limit=20", client.DefaultRequestHeaders.Authorization!.Parameter!)]))
            await MeasureAsync("a list of 20 agents", list);
        table.Print($"Two replicas beside one, {Connections} connections in all, medians of {Rounds} turns on {Environment.ProcessorCount} cores");

        async Task MeasureAsync(string what, WrkRequests requests)
        {
            await ThroughAsync(pair, requests, replicas: 2, lab.Options.WarmUp);
            var (one, two) = (new List<WrkResult>(), new List<IReadOnlyList<WrkResult>>());
            for (var round = 0; round < Rounds; round++)
            {
                one.AddRange(await ThroughAsync(pair, requests, replicas: 1, lab.Options.Duration));
                two.Add(await ThroughAsync(pair, requests, replicas: 2, lab.Options.Duration));
            }

            var (alone, both) = (one.Select(result => result.Rate).Median(), two.Select(results => results.Sum(result => result.Rate)).Median());
            var refused = one.Concat(two.SelectMany(results => results)).Sum(result => result.Refused + result.Broken);
            table.Add(what, $"{alone:F0}", $"{both:F0}", $"{both / alone:F2}", $"{refused}");
        }
    }

    private static Task<WrkResult[]> ThroughAsync(ReplicaPair pair, WrkRequests requests, int replicas, TimeSpan duration) => Task.WhenAll(
        pair.All.Take(replicas).Select(replica => Wrk.RunAsync(replica.Process.Client.BaseAddress!, requests, Connections / replicas, duration)));
}
