using System.Diagnostics;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Testing;

namespace StackAgent.Bench.Kubernetes;

/// <summary>Many stacks of many agents in a cluster: how long they take, what they cost its API server, and what a restart costs.</summary>
internal static class KubernetesBenchmark
{
    private const int Uploads = 8;

    /// <summary>What the server says when everything that the first pass after its start found has been worked on.</summary>
    private const string PassIsDone = "First full pass done";

    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(60);

    /// <summary>Between looks at lists: the looking shall not be what is measured.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>A full pass, which must not fall into the steady state, may be so late.</summary>
    private static readonly TimeSpan PassMargin = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(Lab lab)
    {
        await using var cluster = await ClusterLab.OpenAsync(lab.Options);
        await using var server = await lab.NewServerAsync(lab.Build, cluster.ServerEnvironment);
        await new Run(lab.Options, cluster, server).MeasureAsync();
    }

    private sealed class Run(BenchOptions options, ClusterLab cluster, BenchServer server)
    {
        private readonly int _agents = options.Stacks * options.Agents;
        private readonly AgentsApi _api = new(server.Process.Client);
        private readonly List<Guid> _stacks = [];
        private readonly Table _table = new("what", "measured");
        private readonly Table _calls = new("while", "verb", "resource", "status", "calls", "for each agent");
        private readonly List<(string When, DateTimeOffset At)> _watchedAt = [];
        private (DateTimeOffset From, DateTimeOffset Until) _steady;
        private long _launched;

        public async Task MeasureAsync()
        {
            await LaunchAsync("first start until healthy");
            await server.SignInAsync();
            await CreateStacksAsync();

            await using var kubelet = new FakeKubelet(cluster.Http);
            await using var probe = await ClusterProbe.StartAsync(
                cluster, await cluster.SelectorOfAsync(_stacks[0]), cluster.HasNode ? null : kubelet.Start);
            await UploadAsync(probe);
            await StayAsync();
            await RestartAsync(probe);
            await DeleteAsync(probe);

            await AddWatchesAsync();
            _table.Add("load average at the end", Machine.LoadAverage);
            _table.Print($"Kubernetes: {options.Stacks} stacks of {options.Agents} agents, {(cluster.HasNode ? "pods run on a node" : "pods' readiness is faked")}, {cluster.Description}");
            _calls.Print("Requests to the API server, without watches");
        }

        private async Task LaunchAsync(string what)
        {
            _launched = Stopwatch.GetTimestamp();
            AddTime(what, await server.StartAsync());
        }

        private async Task CreateStacksAsync()
        {
            for (var i = 0; i < options.Stacks; i++)
            {
                var stack = await _api.CreateStackAsync($"Stack {i}");
                _stacks.Add(stack);
                cluster.CleanUp(stack);
                if (i > 0)
                    continue;
                await ClusterLab.UntilAsync(async () => await _api.CountStacksAsync("ready") == 1, "the first stack");
                MarkWatches("with one stack");
                cluster.Audit.Take();
            }

            await ClusterLab.UntilAsync(async () => await _api.CountStacksAsync("ready") == options.Stacks, "the stacks", LookInterval);
            await server.BecomeQuietAsync();
            var calls = cluster.Audit.Take();
            if (options.Stacks > 1)
                _table.Add("requests to create a stack", $"{(double)calls.Total / (options.Stacks - 1):F2}");
            AddCalls("stacks are created", calls);
        }

        private async Task UploadAsync(ClusterProbe probe)
        {
            var zip = Zip.Of(("main.py", PodBenchmark.Program));
            var started = Stopwatch.GetTimestamp();
            await Parallel.ForEachAsync(
                Enumerable.Range(0, _agents),
                new ParallelOptions { MaxDegreeOfParallelism = Uploads },
                async (i, _) => await _api.UploadAsync(_stacks[i / options.Agents], $"agent-{i % options.Agents}", new ByteArrayContent(zip)));
            AddTime($"first upload until the last is accepted ({Uploads} at a time)", Stopwatch.GetElapsedTime(started));

            await ClusterLab.UntilAsync(() => probe.CountWhole() == _agents, "all objects", LookInterval);
            AddTime("… until all Deployments, Services, Ingresses and Secrets exist", Stopwatch.GetElapsedTime(started, probe.LastWhole()));

            await ClusterLab.UntilAsync(async () => await _api.CountAgentsAsync("running") == _agents, "all agents to run", LookInterval);
            var running = Stopwatch.GetElapsedTime(started);
            AddTime("… until Kubernetes' controllers call all Deployments available", Stopwatch.GetElapsedTime(started, probe.Last(Sight.Available)));
            AddTime("… until all agents are running in the API", running);

            await server.BecomeQuietAsync();
            var calls = cluster.Audit.Take();
            _table.Add("requests to create an agent (aim: 5 at most)", $"{(double)calls.OfAgents / _agents:F2}");
            AddCalls("agents are created", calls);
            AddMemory("after that");
        }

        private async Task StayAsync()
        {
            var sinceStart = Stopwatch.GetElapsedTime(_launched);
            var interval = ReconcilerOptions.Default.ResyncInterval;
            var untilPass = interval - TimeSpan.FromTicks(sinceStart.Ticks % interval.Ticks);
            if (untilPass < Steady + PassMargin)
            {
                await Task.Delay(untilPass + PassMargin);
                await server.BecomeQuietAsync();
            }

            cluster.Audit.Take();
            var since = DateTimeOffset.UtcNow;
            await Task.Delay(Steady);
            var calls = cluster.Audit.Take();
            _table.Add($"requests in {Steady.TotalSeconds} s between two resyncs (aim: 0)", $"{calls.Total}");
            _steady = (since, DateTimeOffset.UtcNow);
            MarkWatches($"with {options.Stacks} stacks");
            AddCalls("nothing happens", calls);
            AddMemory("idle");
        }

        private async Task RestartAsync(ClusterProbe probe)
        {
            await server.Process.KillAsync();
            cluster.Audit.Take();
            var edited = probe.Deployments.First();
            await TestCluster.KubectlAsync("scale", "deployment", edited.Metadata.Name, "-n", edited.Metadata.Namespace!, "--replicas", "0");
            await ClusterLab.UntilAsync(() => Replicas() == 0, "the Deployment to be scaled");

            await LaunchAsync("kill -9, start until healthy");
            var putBack = PutBackAsync();
            await ClusterLab.UntilAsync(() => server.Process.Output.Contains(PassIsDone, StringComparison.Ordinal), "the first pass");
            AddTime("… until the first pass is done", Stopwatch.GetElapsedTime(_launched));
            AddTime("… until a Deployment that was scaled to 0 meanwhile is put back", await putBack);
            await server.BecomeQuietAsync();
            var calls = cluster.Audit.Take();
            _table.Add("requests of that pass", $"{calls.Total}, {calls.OfAgents} of them for agents");
            MarkWatches("after the restart");
            AddCalls("the server starts again", calls);
            AddMemory("after the restart");

            int? Replicas() => probe.Deployments.Single(found => found.Metadata.Uid == edited.Metadata.Uid).Spec.Replicas;

            async Task<TimeSpan> PutBackAsync()
            {
                await ClusterLab.UntilAsync(() => Replicas() == 1, "the Deployment to be put back");
                return Stopwatch.GetElapsedTime(_launched);
            }
        }

        private async Task DeleteAsync(ClusterProbe probe)
        {
            var started = Stopwatch.GetTimestamp();
            foreach (var stack in _stacks)
                await _api.DeleteStackAsync(stack);
            await ClusterLab.UntilAsync(async () => await _api.CountStacksAsync() == 0 && probe.Namespaces == 0, "the stacks to be gone", LookInterval);
            AddTime("deletion of all stacks until rows and namespaces are gone", Stopwatch.GetElapsedTime(started));
            AddCalls("stacks are deleted", cluster.Audit.Take());
        }

        private void MarkWatches(string when) => _watchedAt.Add((when, DateTimeOffset.UtcNow));

        /// <summary>The audit log tells of a watch for sure when it has ended.</summary>
        private async Task AddWatchesAsync()
        {
            await server.Process.StopAsync();
            await ClusterLab.UntilAsync(() => cluster.Audit.WatchedAt(DateTimeOffset.UtcNow).Count == 0, "the end of the server's watches", LookInterval);
            foreach (var (when, at) in _watchedAt)
            {
                var watched = cluster.Audit.WatchedAt(at);
                _table.Add($"watches open {when}", $"{watched.Count} ({string.Join(", ", watched)})");
            }

            _table.Add($"watches begun anew in the {Steady.TotalSeconds} s between two resyncs", $"{cluster.Audit.CountWatchesBegun(_steady.From, _steady.Until)}");
        }

        private void AddTime(string what, TimeSpan time) => _table.Add(what, $"{time.TotalSeconds:F2} s");

        private void AddMemory(string when)
        {
            var process = server.Process.ProcessId;
            _table.Add($"memory {when}, resident / proportional", $"{Figures.Mb(ProcessMemory.Resident(process))} MB / {Figures.Mb(ProcessMemory.Proportional(process))} MB");
        }

        private void AddCalls(string phase, ApiCalls calls)
        {
            foreach (var (call, count) in calls.ByKind.OrderByDescending(call => call.Value).ThenBy(call => call.Key.Resource, StringComparer.Ordinal))
                _calls.Add(phase, call.Verb, call.Resource, $"{call.Code}", $"{count}", $"{(double)count / _agents:F2}");
        }
    }
}
