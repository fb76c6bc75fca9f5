using NSubstitute;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>What the real cluster makes of revisions and their settings.</summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class RevisionTests
{
    /// <summary>Answers only the path of its health check, and writes what it was told.</summary>
    private const string Particular = """
        import http.server, os, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        print("told", os.environ["GREETING"], os.environ["PORT"], *sys.argv[1:], flush=True)
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path == "/up" else 500); self.end_headers()
            def log_message(self, *_): pass
        http.server.HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
        """;

    [Test]
    public async Task ApplyAgent_WhenABadRevisionGivesWay_TheOldPodWasNeverTouchedAndTheSecretsGo()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var good = await bed.RunAsync(KubernetesTestBed.HealthyAgent);
        await RunsAsync(bed, good, 1);
        var pod = (await PodsAsync(good.Agent)).Single();

        var bad = bed.Add("raise SystemExit(3)", good.Agent, revision: 2) with { Rollout = 2 };
        await bed.ApplyAsync(bad);
        await bed.Observations.WaitForAsync(good.Agent, seen => seen is { Rollout: 2, State: ObservedState.Failed }, "the failure");
        Assert.That(await SecretsAsync(good.Agent), Is.EqualTo(new[] { AgentObjects.SecretName(good), AgentObjects.SecretName(bad) }));
        await bed.ApplyAsync(good with { Rollout = 3 });
        await RunsAsync(bed, good, 3);

        Assert.That(await PodsAsync(good.Agent), Has.Member(pod));
        await Eventually.TrueAsync(() => bed.IsAskedFor(good), "the reconciler to be asked to tidy up");
        await bed.ApplyAsync(good with { Rollout = 3 });
        Assert.That(await SecretsAsync(good.Agent), Is.EqualTo(new[] { AgentObjects.SecretName(good) }));

        await Eventually.TrueAsync(() => bed.Runtime.RemoveAgentAsync(good.Agent, CancellationToken.None), "the agent to be removed");
        Assert.That(await SecretsAsync(good.Agent), Is.Empty);
    }

    [Test]
    public async Task ApplyAgent_WhenEverythingIsSet_RunsItSo()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var plain = await bed.RunAsync(KubernetesTestBed.HealthyAgent);
        await RunsAsync(bed, plain, 1);

        var spec = bed.Add(Particular, plain.Agent, revision: 2) with
        {
            Rollout = 2,
            Environment = new Dictionary<string, string> { ["GREETING"] = "hello" },
            Settings = new AgentSettings
            {
                Command = ["python3", "/app/graphs/main.py"],
                Args = ["$(GREETING)", "two words"],
                Port = 9000,
                Replicas = 2,
                Resources = new ResourceSettings { Requests = new ResourceAmounts { Memory = "192Mi" } },
                Health = new HealthSettings { Path = "/up", InitialDelaySeconds = 1, PeriodSeconds = 1, StartupSeconds = 30 },
            },
        };
        await bed.ApplyAsync(spec);
        await RunsAsync(bed, spec, 2);

        var log = await ReadAsync(bed, spec.Agent, new LogQuery { Search = "told" });
        Assert.That(log.Select(line => line.Text), Is.EqualTo(Enumerable.Repeat("told hello 9000 hello two words", 2)));
        Assert.That(log.Select(line => line.Pod), Is.Unique);
        Assert.That(((IRunningAgents)bed.Runtime).TryGetEndpoint(spec.Agent, out var endpoint) && endpoint.Port == 9000, $"{endpoint}");
        await AssertServiceLeadsAsync(spec.Agent);

        // A revision without any of it follows, of which nothing may stay behind.
        await bed.ApplyAsync(plain with { Revision = 3, Rollout = 3 });
        await RunsAsync(bed, plain, 3);

        await bed.ApplyAsync(plain with { Revision = 3, Rollout = 4, IsStopped = true });
        await Eventually.TrueAsync(async () => (await PodsAsync(spec.Agent)).Count == 0, "the pods to be gone");
        bed.Reconciler.ClearReceivedCalls();
        await bed.ApplyAsync(plain with { Revision = 3, Rollout = 4, IsStopped = true });
        await TestCluster.KubectlAsync(
            "scale", "deployment", "-n", Stack.NamespaceFor(spec.Agent.StackId), ObjectLabels.NameOf(spec.Agent), "--replicas=1");
        await Eventually.TrueAsync(() => bed.IsAskedFor(spec), "somebody else's pod to be noticed");
    }

    [Test]
    public async Task ApplyAgent_WhenASettingIsWrong_SaysWhichOneAndThatItLasts()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = bed.Add(KubernetesTestBed.HealthyAgent);
        await bed.Runtime.ApplyStackAsync(agent.Agent.StackId, CancellationToken.None);

        var refused = agent with { Settings = new AgentSettings { Resources = new ResourceSettings { Limits = new ResourceAmounts { Memory = "1Gi" }, Requests = new ResourceAmounts { Memory = "2Gi" } } } };
        var refusal = Assert.ThrowsAsync<RuntimeRefusedException>(() => bed.Runtime.ApplyAgentAsync(refused, CancellationToken.None));
        Assert.That(refusal!.Message, Does.Contain("must be less than or equal to memory limit"));

        var hungry = bed.Add("print('eating', flush=True)\nx = bytearray(256 << 20)\nprint(len(x))", agent.Agent) with
        {
            Settings = new AgentSettings { Resources = new ResourceSettings { Limits = new ResourceAmounts { Memory = "48Mi" } } },
        };
        await bed.ApplyAsync(hungry);
        var failed = await bed.Observations.WaitForAsync(hungry.Agent, seen => seen.IsLasting, "the failure to last");
        Assert.That(failed.Reason, Is.EqualTo("OOMKilled"));
        Assert.That(failed.Message, Does.Contain("48Mi").And.Contain("resources.limits.memory in its configuration").And.Not.Contain("AGENT_MEMORY_LIMIT"));
    }

    private static Task<AgentObservation> RunsAsync(KubernetesTestBed bed, AgentSpec agent, int rollout) => bed.Observations.WaitForAsync(
        agent.Agent, seen => seen.Rollout == rollout && seen.State == ObservedState.Running, $"rollout {rollout} to run");

    private static async Task<IReadOnlyList<LogLine>> ReadAsync(KubernetesTestBed bed, AgentRef agent, LogQuery query)
    {
        List<LogLine> lines = [];
        await foreach (var line in bed.Runtime.ReadLogAsync(agent, query, CancellationToken.None))
            lines.Add(line);
        return lines;
    }

    private static async Task<IReadOnlyList<string>> PodsAsync(AgentRef agent) => await ListAsync("pods", agent, "uid");

    private static async Task<IReadOnlyList<string>> SecretsAsync(AgentRef agent) => await ListAsync("secrets", agent, "name");

    private static async Task<IReadOnlyList<string>> ListAsync(string kind, AgentRef agent, string what)
    {
        var found = await TestCluster.GetAsync(kind, "-n", Stack.NamespaceFor(agent.StackId), "-l", ObjectLabels.SelectorOf(agent));
        return [.. (found?["items"]?.AsArray() ?? []).Select(item => $"{item!["metadata"]![what]}").Order(StringComparer.Ordinal)];
    }

    /// <summary>Its port is named, so it finds each pod's own.</summary>
    private static async Task AssertServiceLeadsAsync(AgentRef agent)
    {
        var endpoints = await TestCluster.GetAsync("endpoints", "-n", Stack.NamespaceFor(agent.StackId), ObjectLabels.NameOf(agent));
        Assert.That($"{endpoints!["subsets"]![0]!["ports"]![0]!["port"]}", Is.EqualTo("9000"), endpoints.ToJsonString());
    }
}
