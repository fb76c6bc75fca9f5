using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using StackAgent.Domain.Notifications;
using StackAgent.Testing;

namespace StackAgent.Bench.Status;

/// <summary>Notifications to a receiver in this process: how many a second, how soon, and what they cost those who report.</summary>
internal static class NotificationsBenchmark
{
    private const int Backlog = 10_000;
    private const int ReportsPerSecond = 100;
    private const int Connections = 16;

    /// <summary>How often the load is measured with and without notifications, in turn: the machine's moods fall on both.</summary>
    private const int Turns = 3;

    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal) { ["NOTIFICATION_ALLOW_PRIVATE"] = "true" };

    public static async Task RunAsync(Lab lab)
    {
        foreach (var store in lab.Options.Stores.Where(store => store != Store.Memory))
        {
            await MeasureThroughputAsync(lab, store);
            await MeasureDelayAsync(lab, store);
            await MeasureCostAsync(lab, store);
        }
    }

    private static async Task MeasureThroughputAsync(Lab lab, Store store)
    {
        var table = new Table("endpoints", "deliveries", "deliveries/s", "server CPU µs/delivery", "PostgreSQL CPU µs/delivery", "more than once");
        foreach (var count in (int[])[1, 16])
        {
            await using var receiver = await WebhookReceiver.StartAsync();
            await using var rig = await StatusRig.StartAsync(lab, store, Settings);
            var owner = await rig.Server.SignInAsync();
            var endpoints = new List<(Guid Id, string Url)>();
            for (var i = 0; i < count; i++)
                endpoints.Add((await AddEndpointAsync(rig, receiver.At($"{i}")), receiver.At($"{i}").AbsoluteUri));
            await rig.Server.Process.StopAsync();
            await NotificationRows.AddAsync(rig.Server.Database, owner, endpoints, Backlog, sessions: 1000);

            await rig.Server.StartAsync();
            await Eventually.TrueAsync(() => receiver.TakenCount >= Backlog / 10, "deliveries to come");
            var (first, started, (server, postgres)) = (receiver.TakenCount, Stopwatch.GetTimestamp(), rig.ProcessorTime);
            await Eventually.TrueAsync(() => receiver.TakenCount >= Backlog, "all deliveries to come");
            var (serverAfter, postgresAfter) = rig.ProcessorTime;
            var measured = receiver.TakenCount - first;
            table.Add(
                $"{count}", $"{measured}", $"{measured / Stopwatch.GetElapsedTime(started).TotalSeconds:F0}", $"{(serverAfter - server) / measured:F0}",
                postgresAfter is { } after ? $"{(after - postgres) / measured:F0}" : "", $"{receiver.ReceivedCount - receiver.Received.DistinctBy(webhook => webhook.Id).Count()}");
        }

        table.Print($"A backlog of {Backlog:N0} deliveries in 1,000 sessions on {store.Name()}, from the tenth part on");
    }

    private static async Task MeasureDelayAsync(Lab lab, Store store)
    {
        var arrived = new long[(int)(lab.Options.WarmUp + lab.Options.Duration).TotalSeconds * ReportsPerSecond];
        var perSession = new int[PacedReporter.Sessions];
        await using var receiver = await WebhookReceiver.StartAsync((webhook, _) =>
        {
            var now = Stopwatch.GetTimestamp();
            var body = Encoding.UTF8.GetBytes(webhook.Body).AsSpan();
            var session = PacedReporter.SessionOf(body[body.IndexOf(PacedReporter.TopicStart)..]);

            // The first change of a session is its beginning.
            var report = (Interlocked.Increment(ref perSession[session]) - 2) * PacedReporter.Sessions + session;
            if (report >= 0 && report < arrived.Length)
                arrived[report] = now;
            return Task.CompletedTask;
        });
        await using var rig = await StatusRig.StartAsync(lab, store, Settings);
        await AddEndpointAsync(rig, receiver.At("hook"));
        var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
        using var reporter = await PacedReporter.StartAsync(rig.Address, reporters);
        await Eventually.TrueAsync(() => receiver.TakenCount >= PacedReporter.Sessions, "the sessions' first changes to arrive");
        await rig.Server.BecomeQuietAsync();

        var acknowledged = new long[arrived.Length];
        var warmUp = (int)lab.Options.WarmUp.TotalSeconds * ReportsPerSecond;
        await reporter.RunAsync(warmUp, ReportsPerSecond, acknowledged);
        var (started, (server, postgres)) = (Stopwatch.GetTimestamp(), rig.ProcessorTime);
        await reporter.RunAsync(arrived.Length - warmUp, ReportsPerSecond, acknowledged);
        await Eventually.TrueAsync(() => receiver.TakenCount >= PacedReporter.Sessions + arrived.Length, "all notifications to arrive");
        var (elapsed, (serverAfter, postgresAfter)) = (Stopwatch.GetElapsedTime(started).TotalMicroseconds, rig.ProcessorTime);

        double[] delays = [.. arrived.Zip(acknowledged, (at, ack) => (at - ack) * 1000.0 / Stopwatch.Frequency).Skip(warmUp).Order()];
        var table = new Table("notifications/s", "p50 ms", "p99 ms", "max ms", "server CPU", "PostgreSQL CPU");
        table.Add(
            $"{ReportsPerSecond}", $"{delays.Percentile(0.5):F1}", $"{delays.Percentile(0.99):F1}", $"{delays.Percentile(1):F1}",
            $"{(serverAfter - server) / elapsed:P0}", postgresAfter is { } after ? $"{(after - postgres) / elapsed:P0}" : "");
        table.Print($"From a report's acknowledgement to its notification's arrival on {store.Name()}; CPU in parts of one core");
    }

    private static async Task MeasureCostAsync(Lab lab, Store store)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await StatusRig.StartAsync(lab, store, Settings);
        var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
        using var requests = new WrkRequests(reporters.Singles());
        var warmUp = await rig.LoadAsync(requests, Connections, lab.Options.WarmUp);

        // Of so many agents come about as many notifications a second as are wanted.
        var agents = Math.Clamp((int)(ReportsPerSecond * Reporters.Agents / (warmUp.Rate * Reporters.ChangesPerReport)), 1, NotificationEndpoint.MaxPerOwner - 1);
        var some = new List<Guid>();
        for (var agent = 0; agent < agents; agent++)
            some.Add(await AddEndpointAsync(rig, receiver.At($"{agent}"), Reporters.Agent(agent)));
        var all = await AddEndpointAsync(rig, receiver.At("all"));

        var modes = new[]
        {
            new CostMode("none", []),
            new CostMode($"of {agents} of the {Reporters.Agents} agents", some),
            new CostMode("of all agents", [all]),
        };

        // What makes the deliveries warms up as well: compiling it costs more at first than all it does later.
        await rig.LoadAsync(requests, Connections, lab.Options.WarmUp * 2);
        await SetEnabledAsync(rig, [.. some, all], enabled: false);
        for (var turn = 0; turn < Turns; turn++)
        {
            foreach (var mode in modes)
            {
                await SetEnabledAsync(rig, mode.Endpoints, enabled: true);
                await rig.Server.BecomeQuietAsync();
                var before = receiver.TakenCount;
                mode.Loads.Add(await rig.LoadAsync(requests, Connections, lab.Options.Duration));
                mode.Arrivals.Add((receiver.TakenCount - before) / lab.Options.Duration.TotalSeconds);
                await SetEnabledAsync(rig, mode.Endpoints, enabled: false);
            }
        }

        var table = new Table(
            "notifications", "deliveries/s", "reports/s", "of those without", "p50 ms", "p99 ms", "not 200", "server CPU µs/report", "PostgreSQL CPU µs/report");
        foreach (var mode in modes)
        {
            table.Add(
                mode.Name, $"{mode.Arrivals.Median():F0}", $"{mode.Rate:F0}", $"{mode.Rate / modes[0].Rate:F3}",
                $"{mode.Median(load => load.Requests.Median):F2}", $"{mode.Median(load => load.Requests.P99):F2}", mode.Loads[^1].Requests.Errors,
                $"{mode.Median(load => load.Server):F0}", mode.Loads[0].Postgres is null ? "" : $"{mode.Median(load => load.Postgres!.Value):F0}");
        }

        table.Print($"Reports beside notifications on {store.Name()}, {Connections} connections, medians of {Turns} turns; {Reporters.Mix}");
    }

    private sealed record CostMode(string Name, IReadOnlyList<Guid> Endpoints)
    {
        public List<Load> Loads { get; } = [];

        public List<double> Arrivals { get; } = [];

        public double Rate => Median(load => load.Rate);

        public double Median(Func<Load, double> figure) => Loads.Select(figure).Median();
    }

    private static async Task<Guid> AddEndpointAsync(StatusRig rig, Uri url, string? agent = null)
    {
        using var answer = await rig.Server.Process.Client.PostAsJsonAsync(
            "api/notifications/endpoints", new { url, event_types = new[] { "session.status_changed" }, agent_id = agent });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    private static async Task SetEnabledAsync(StatusRig rig, IEnumerable<Guid> endpoints, bool enabled)
    {
        foreach (var endpoint in endpoints)
        {
            using var answer = await rig.Server.Process.Client.PatchAsJsonAsync($"api/notifications/endpoints/{endpoint}", new { enabled });
            answer.EnsureSuccessStatusCode();
        }
    }
}
