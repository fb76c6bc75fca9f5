using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;

namespace StackAgent.Bench.Status;

/// <summary>
/// Whether a report costs more in a session that has many. Sessions of different length are measured in turn, in slices of a fixed number of
/// reports that hardly lengthen them, and compared within each round, so that a machine that drifts spoils nothing.
/// </summary>
internal static class HistoryBenchmark
{
    private const int ArraySize = 1000;
    private const int RoundsPerSecond = 3;
    private const int Connections = 16;
    private const int WarmUpReports = 100;
    private const int SingleReports = 250;
    private const int ParallelReports = 1024;

    /// <summary>A session that has grown by this is replaced by one of the size it should have.</summary>
    private const double Tolerance = 1.5;

    public static async Task RunAsync(Lab lab)
    {
        foreach (var store in lab.Options.Stores)
        {
            await using var rig = await StatusRig.StartAsync(lab, store);
            var reporters = await Reporters.CreateAsync(rig.Server.Process.Client);
            var sessions = lab.Options.History.Select((size, agent) => new LongSession(rig, agent, reporters.Key(agent), size)).ToArray();
            await MeasureAsync(rig, sessions, lab.Options);
        }
    }

    private static async Task MeasureAsync(StatusRig rig, LongSession[] sessions, BenchOptions options)
    {
        foreach (var session in sessions)
            await session.FillAsync();
        if (rig.Store == Store.Postgres)
            await VacuumAsync(rig);

        var connections = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => RawConnection.OpenAsync(rig.Address)));
        var rounds = (int)options.Duration.TotalSeconds * RoundsPerSecond;
        var one = sessions.ToDictionary(session => session, _ => new List<double>());
        var many = sessions.ToDictionary(session => session, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sessions.Length; i++)
            {
                var session = sessions[(round + i) % sessions.Length];
                if (session.Count > session.Size * Tolerance)
                    await session.FillAsync();
                await session.SendAsync(connections[..1], WarmUpReports);
                one[session].Add(await session.SendAsync(connections[..1], SingleReports));
                many[session].Add(await session.SendAsync(connections, ParallelReports));
            }
        }

        foreach (var connection in connections)
            connection.Dispose();

        var table = new Table("reports in the session", "reports/s, 1 connection", "× the first", $"reports/s, {Connections} connections", "× the first");
        foreach (var session in sessions)
        {
            table.Add(
                $"{session.Size:N0}", $"{one[session].Median():F0}", $"{Ratio(one[session], one[sessions[0]]):F3}",
                $"{many[session].Median():F0}", $"{Ratio(many[session], many[sessions[0]]):F3}");
        }

        table.Print($"One session on {rig.Store.Name()}, by its history: medians of {rounds} rounds of {SingleReports} and {ParallelReports} reports; ratios within a round");
    }

    private static double Ratio(List<double> rates, List<double> others) => rates.Zip(others, (rate, other) => rate / other).Median();

    // PostgreSQL does so by itself, a minute later.
    private static async Task VacuumAsync(StatusRig rig)
    {
        await using var connection = new NpgsqlConnection(rig.Server.Database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("VACUUM ANALYZE", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A session of an agent that has no other.</summary>
    private sealed class LongSession(StatusRig rig, int agent, string key, int size)
    {
        private byte[] _running = [];
        private byte[] _waiting = [];
        private int _generation;

        public int Size => size;

        /// <summary>Reports in it now.</summary>
        public int Count { get; private set; }

        /// <summary>Begins a new session and gives it its reports, in order.</summary>
        public async Task FillAsync()
        {
            var topic = Reporters.Topic(_generation++);
            _running = Request("running");
            _waiting = Request("waiting_for_input");
            Count = 0;
            while (Count < size)
            {
                var count = Math.Min(ArraySize, size - Count);
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(rig.Address, Reporters.Path));
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
                request.Content = new StringContent(
                    Reporters.Array(Enumerable.Repeat(Reporters.Report(Reporters.Agent(agent), topic, "running"), count)), Encoding.UTF8, "application/json");
                using var answer = await rig.Server.Process.Client.SendAsync(request);
                if (answer.StatusCode != HttpStatusCode.OK)
                    throw new InvalidOperationException($"An array was refused: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                Count += count;
            }

            byte[] Request(string status) =>
                RawConnection.Post(rig.Address, Reporters.Path, key, Reporters.Report(Reporters.Agent(agent), topic, status));
        }

        /// <summary>Sends so many reports over all connections together and returns how many a second were acknowledged.</summary>
        public async Task<double> SendAsync(RawConnection[] connections, int reports)
        {
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(connections.Select(connection => Task.Run(async () =>
            {
                for (var i = 1; i <= reports / connections.Length; i++)
                    await connection.SendAsync(i % WrkRequests.OtherEvery == 0 ? _waiting : _running);
            })));
            Count += reports;
            return reports / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }
}
