using System.Diagnostics;
using Npgsql;
using StackAgent.Bench.Kubernetes;
using StackAgent.Testing;

namespace StackAgent.Bench.Replicas;

/// <summary>
/// Kills one of two replicas again and again, at random and under load, and shows that nothing acknowledged was lost or done twice, that two never led at once, and how
/// soon another one led.
/// </summary>
internal static class FailoverBenchmark
{
    /// <summary>What the product promises.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LeastCalm = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan MostCalm = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(Lab lab)
    {
        await using var pair = await ReplicaPair.StartAsync(lab);
        var api = new AgentsApi(pair.All[0].Process.Client);
        await Eventually.TrueAsync(() => pair.All.Any(replica => replica.Leads), "one to lead");
        var stack = await api.CreateStackAsync("Failover");
        pair.CleanUp(stack);
        var load = new ReplicaLoad(pair, stack);
        using var ending = new CancellationTokenSource();
        using var endOfStream = new CancellationTokenSource();
        var following = load.FollowAsync(endOfStream.Token);
        await load.Following;
        var loading = load.RunAsync(Code(), ending.Token);

        var (kills, failovers) = await KillAsync(pair, lab.Options.Killing);
        await ending.CancelAsync();
        await loading;

        var faults = new List<string>(load.Faults.Distinct(StringComparer.Ordinal));
        await CheckAgentsAsync(api, load, faults);
        await CheckReportsAsync(pair, load, faults);
        await CheckEventsAsync(pair, load, faults);
        await endOfStream.CancelAsync();
        await following;
        CheckTerms(pair, faults);
        Print(pair, load, kills, failovers, faults);
        if (faults.Count > 0)
            throw new InvalidOperationException($"Something was lost, done twice or refused:\n{string.Join('\n', faults.Take(50))}");
    }

    /// <summary>Returns how many processes were killed, and how long it took until another one led, each time it was the leader.</summary>
    private static async Task<(int Kills, List<double> Failovers)> KillAsync(ReplicaPair pair, TimeSpan duration)
    {
        var started = Stopwatch.GetTimestamp();
        var (kills, failovers) = (0, new List<double>());
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            await Task.Delay(LeastCalm + ((MostCalm - LeastCalm) * Random.Shared.NextDouble()));
            var victim = pair.All[Random.Shared.Next(pair.All.Count)];
            var other = pair.All.Single(replica => replica != victim);
            var wasLeading = victim.Leads;
            var killed = Stopwatch.GetTimestamp();
            await victim.KillAsync();
            kills++;
            if (wasLeading)
            {
                await ClusterLab.UntilAsync(() => other.Leads, "the other one to lead", Look);
                failovers.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
            }

            await victim.StartAsync();
        }

        return (kills, failovers);
    }

    private static async Task CheckAgentsAsync(AgentsApi api, ReplicaLoad load, List<string> faults)
    {
        foreach (var agent in load.Agents)
        {
            try
            {
                await Eventually.GetAsync(() => api.StatusAsync(agent), status => status is "running" or "failed", $"agent {agent} to run, or to be explained");
            }
            catch (Exception exception) when (exception is TimeoutException or HttpRequestException)
            {
                faults.Add($"upload: {exception.Message}");
            }
        }

        foreach (var agent in load.Deleted)
        {
            try
            {
                await api.UntilGoneAsync(agent);
            }
            catch (TimeoutException exception)
            {
                faults.Add($"deletion: {exception.Message}");
            }
        }
    }

    private static async Task CheckReportsAsync(ReplicaPair pair, ReplicaLoad load, List<string> faults)
    {
        var stored = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var connection = new NpgsqlConnection(pair.Database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT event_id, count(*) FROM status_reports WHERE event_id IS NOT NULL GROUP BY event_id", connection);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            stored[rows.GetString(0)] = rows.GetInt64(1);
        faults.AddRange(load.Reports.Where(id => !stored.ContainsKey(id)).Select(id => $"report {id} was acknowledged and isn't there"));
        faults.AddRange(stored.Where(report => report.Value != 1).Select(report => $"report {report.Key} is there {report.Value} times"));
    }

    private static async Task CheckEventsAsync(ReplicaPair pair, ReplicaLoad load, List<string> faults)
    {
        try
        {
            await Eventually.GetAsync(
                async () => string.Join(' ', (await EventsAsync(pair)).Where(id => !load.Events.Contains(id)).Take(20)),
                missing => missing.Length == 0,
                "the resumed stream to have seen every event");
        }
        catch (TimeoutException exception)
        {
            faults.Add($"events: {exception.Message}");
        }
    }

    /// <summary>But for what was before the stream began.</summary>
    private static async Task<IReadOnlyList<long>> EventsAsync(ReplicaPair pair)
    {
        var ids = new List<long>();
        await using var connection = new NpgsqlConnection(pair.Database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT id FROM events WHERE agent_key IS NOT NULL ORDER BY id", connection);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            ids.Add(rows.GetInt64(0));
        return ids;
    }

    private static void CheckTerms(ReplicaPair pair, List<string> faults)
    {
        var terms = pair.All.SelectMany(replica => replica.Terms.Select(term => (replica.Name, term.From, term.Until))).OrderBy(term => term.From).ToList();
        for (var i = 1; i < terms.Count; i++)
        {
            if (terms[i].From < terms[i - 1].Until)
                faults.Add($"{terms[i].Name} led from {terms[i].From:O} on, and {terms[i - 1].Name} until {terms[i - 1].Until:O}");
        }
    }

    private static void Print(ReplicaPair pair, ReplicaLoad load, int kills, List<double> failovers, List<string> faults)
    {
        var table = new Table("two replicas, one killed again and again", "");
        table.Add("killed; of that the leader", $"{kills}; {failovers.Count}");
        if (failovers.Count > 0)
        {
            table.Add("another one led after, median", $"{failovers.Median():F1} s");
            table.Add($"longest (limit {Limit.TotalSeconds:F0} s)", $"{failovers.Max():F1} s");
        }

        table.Add("terms", $"{pair.All.Sum(replica => replica.Terms.Count)}");
        table.Add("requests; of that asked again at the other one", $"{load.Asked:N0}; {load.Retried:N0}");
        table.Add("reports acknowledged", $"{load.Reports.Count:N0}");
        table.Add("uploads acknowledged, and left", $"{load.Agents.Count:N0}");
        table.Add("agents deleted", $"{load.Deleted.Count:N0}");
        table.Add("events seen; stream opened anew", $"{load.Events.Count:N0}; {load.Reopened:N0}");
        table.Add("faults", $"{faults.Count:N0}");
        table.Print($"Failover: {pair.Description}");
        if (failovers.Exists(seconds => seconds > Limit.TotalSeconds))
            faults.Add($"a failover took {failovers.Max():F1} s");
    }

    /// <summary>Answers every GET.</summary>
    private static byte[] Code() => Zip.Of(("main.py",
        """
        import http.server, os, signal, threading

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler)
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=0.1)
        """));
}
