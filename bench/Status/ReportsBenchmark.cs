namespace StackAgent.Bench.Status;

/// <summary>Status reports one at a time and in arrays, from few and from many connections, beside what HTTP and the database cost by themselves.</summary>
internal static class ReportsBenchmark
{
    private const int ArraySize = 100;

    private static readonly int[] Connections = [1, 16, 64];
    private static readonly int[] ArrayConnections = [1, 4, 16];

    public static async Task RunSinglesAsync(Lab lab)
    {
        using var bare = await BareEndpoint.StartAsync();
        foreach (var store in lab.Options.Stores)
        {
            await using var rig = await StatusRig.StartAsync(lab, store);
            var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
            using var requests = new WrkRequests(reporters.Singles());
            var floor = store == Store.Postgres ? await MeasureFloorAsync(rig, lab.Options.Duration) : null;
            await Wrk.RunAsync(bare.Address, requests, Connections[^1], lab.Options.WarmUp);
            await rig.LoadAsync(requests, Connections[^1], lab.Options.WarmUp);

            var table = new Table(
                "connections", "reports/s", "p50 ms", "p99 ms", "not 200", "server CPU µs/report", "PostgreSQL CPU µs/report",
                "RSS before MB", "RSS after MB", "bare endpoint/s", "bare p50 ms", "of the bare endpoint", "of PostgreSQL's inserts");
            foreach (var connections in Connections)
            {
                var least = await Wrk.RunAsync(bare.Address, requests, connections, lab.Options.Duration);
                var before = rig.Memory;
                var load = await rig.LoadAsync(requests, connections, lab.Options.Duration);
                table.Add(
                    $"{connections}", $"{load.Rate:F0}", $"{load.Requests.Median:F2}", $"{load.Requests.P99:F2}", load.Requests.Errors, $"{load.Server:F0}", load.PostgresText,
                    Figures.Mb(before), Figures.Mb(rig.Memory), $"{least.Rate:F0}", $"{least.Median:F2}", $"{load.Rate / least.Rate:F3}", floor is null ? "" : $"{load.Rate / floor.Rate:F3}");
            }

            table.Print($"Reports on {store.Name()}: {Reporters.Agents} agents × {Reporters.Sessions} sessions, {Reporters.BodySize} bytes, an API key each; {Reporters.Mix}");
        }
    }

    public static async Task RunArraysAsync(Lab lab)
    {
        foreach (var store in lab.Options.Stores)
        {
            await using var rig = await StatusRig.StartAsync(lab, store);
            var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
            using var requests = new WrkRequests(reporters.Arrays(ArraySize), mayBePartial: true);
            var floor = store == Store.Postgres ? await MeasureFloorAsync(rig, lab.Options.Duration) : null;
            await rig.LoadAsync(requests, ArrayConnections[^1], lab.Options.WarmUp);

            var table = new Table(
                "connections", "reports/s", "p50 ms", "p99 ms", "not 200", "server CPU µs/report", "PostgreSQL CPU µs/report", "RSS before MB", "RSS after MB", "of PostgreSQL's inserts");
            foreach (var connections in ArrayConnections)
            {
                var before = rig.Memory;
                var load = await rig.LoadAsync(requests, connections, lab.Options.Duration, ArraySize);
                table.Add(
                    $"{connections}", $"{load.Rate:F0}", $"{load.Requests.Median:F2}", $"{load.Requests.P99:F2}", load.Requests.Errors, $"{load.Server:F1}",
                    load.PostgresText, Figures.Mb(before), Figures.Mb(rig.Memory), floor is null ? "" : $"{load.Rate / floor.Rate:F3}");
            }

            table.Print($"Arrays of {ArraySize} on {store.Name()}: reports of one agent on its {Reporters.Sessions} sessions; {Reporters.Mix}");
        }
    }

    private static async Task<Floor> MeasureFloorAsync(StatusRig rig, TimeSpan duration)
    {
        var indexed = await InsertFloor.WithIndexesAsync(rig, duration);
        var plain = await InsertFloor.WithKeyOnlyAsync(rig, duration);
        var table = new Table($"PostgreSQL alone, {InsertFloor.Rows} rows a transaction", "rows/s", "PostgreSQL CPU µs/row");
        table.Add("columns and indexes of status_reports", $"{indexed.Rate:F0}", $"{indexed.Processor:F1}");
        table.Add("primary key only", $"{plain.Rate:F0}", $"{plain.Processor:F1}");
        table.Print("Floor of PostgreSQL");
        return indexed;
    }
}
