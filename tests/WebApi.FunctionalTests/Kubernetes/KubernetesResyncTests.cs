using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>What isn't watched is put back by the full pass, which also removes what is ours and has no row, and never anything else.</summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class KubernetesResyncTests
{
    private readonly LeapingTime _time = new();
    private KubernetesServer _server;
    private Caller _caller;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await KubernetesServer.StartAsync(TimeSpan.FromSeconds(2), services => services.AddSingleton<TimeProvider>(_time));
        _caller = await _server.Product.NewCallerAsync();
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [TestCase("networkpolicy")]
    [TestCase("resourcequota")]
    [TestCase("limitrange")]
    public async Task Resync_WhenAStacksBoundIsDeleted_PutsItBack(string kind)
    {
        var stack = await _caller.CreateStackAsync();
        await _caller.UntilAsync($"/api/stacks/{stack}", "ready");
        var before = await ClusterObjects.GetAsync(kind, StackObjects.Name, Stack.NamespaceFor(stack));

        await TestCluster.KubectlAsync("delete", kind, "-n", Stack.NamespaceFor(stack), StackObjects.Name);

        var after = await Eventually.GetAsync(
            () => ClusterObjects.FindAsync(kind, StackObjects.Name, Stack.NamespaceFor(stack)), found => found is not null, $"the {kind} to be put back");
        Assert.That(after!["spec"]!.ToJsonString(), Is.EqualTo(before["spec"]!.ToJsonString()));
    }

    [Test]
    public async Task Resync_WhenTheSecretOfARunningAgentIsDeleted_PutsItBack()
    {
        var stack = await _caller.CreateStackAsync();
        var agent = await _caller.DeployAsync(stack, "agent", ClusterAgents.Healthy);
        await _caller.UntilAsync($"/api/agents/{agent}", "running");
        var before = await ClusterObjects.GetAsync("secret", $"agent-{agent}-r1", Stack.NamespaceFor(stack));

        await TestCluster.KubectlAsync("delete", "secret", "-n", Stack.NamespaceFor(stack), $"agent-{agent}-r1");
        _time.Leap(TimeSpan.FromMinutes(5));

        var after = await Eventually.GetAsync(
            () => ClusterObjects.FindAsync("secret", $"agent-{agent}-r1", Stack.NamespaceFor(stack)), found => found is not null, "the Secret to be put back");
        Assert.That(after!["data"]!.ToJsonString(), Is.EqualTo(before["data"]!.ToJsonString()));
    }

    [Test]
    public async Task Resync_WhenThereAreOrphans_RemovesThemAndNothingElse()
    {
        var stack = await _caller.CreateStackAsync();
        await _caller.UntilAsync($"/api/stacks/{stack}", "ready");
        var ns = Stack.NamespaceFor(stack);
        var agent = Guid.CreateVersion7();
        var (orphan, unlabelled, halfOurs, foreign) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var others = new ObjectLabels(Guid.NewGuid());
        Guid[] survivors = [unlabelled, halfOurs, foreign];
        try
        {
            // What is somebody else's comes first, so that the pass which removes the orphans has seen it.
            var none = new Dictionary<string, string>(StringComparer.Ordinal);
            var managed = new Dictionary<string, string>(StringComparer.Ordinal) { ["app.kubernetes.io/managed-by"] = "stackagent" };
            await CreateAsync(
                Namespace(unlabelled, none), Deployment(unlabelled, agent, none),
                Namespace(halfOurs, managed), Deployment(halfOurs, agent, managed),
                Namespace(foreign, others.Of(foreign)), Deployment(foreign, agent, others.Of(new AgentRef(foreign, agent))),
                Deployment(stack, Guid.CreateVersion7(), none), ConfigMap(stack, "users", none), Deployment(stack, foreign, others.Of(new AgentRef(stack, foreign))));
            var kept = await TestCluster.KubectlAsync("get", "deployments,configmaps", "-n", ns, "-o", "name");

            var ours = new ObjectLabels(await InstallationAsync());
            await CreateAsync(
                Namespace(orphan, ours.Of(orphan)), Deployment(orphan, agent, ours.Of(new AgentRef(orphan, agent))),
                Deployment(stack, agent, ours.Of(new AgentRef(stack, agent))), Service(stack, agent, ours.Of(new AgentRef(stack, agent))));

            await Eventually.GetAsync(() => _server.Objects.ListAsync(stack), found => found.Count == 0, "the orphaned agent to be gone");
            await Eventually.GetAsync(
                () => ClusterObjects.FindAsync("namespace", Stack.NamespaceFor(orphan)), found => found is null, "the orphaned stack to be gone");
            foreach (var survivor in survivors)
            {
                var found = await ClusterObjects.GetAsync("namespace", Stack.NamespaceFor(survivor));
                Assert.That(found["metadata"]!["deletionTimestamp"], Is.Null, found.ToJsonString());
                var deployment = await ClusterObjects.GetAsync("deployment", $"agent-{agent}", Stack.NamespaceFor(survivor));
                Assert.That(deployment["metadata"]!["deletionTimestamp"], Is.Null, deployment.ToJsonString());
            }

            Assert.That(await TestCluster.KubectlAsync("get", "deployments,configmaps", "-n", ns, "-o", "name"), Is.EqualTo(kept));
        }
        finally
        {
            await TestCluster.KubectlAsync(["delete", "namespace", "--ignore-not-found", "--wait=false", .. survivors.Append(orphan).Select(Stack.NamespaceFor)]);
        }
    }

    private async Task<Guid> InstallationAsync() =>
        await _server.Product.Services.GetRequiredService<IInstallation>().GetIdAsync(CancellationToken.None);

    private static Task CreateAsync(params JsonObject[] objects) => TestCluster.ApplyAsync(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray([.. objects]),
    }.ToJsonString());

    private static JsonObject Namespace(Guid stack, IReadOnlyDictionary<string, string> labels) =>
        Object("v1", "Namespace", null, Stack.NamespaceFor(stack), labels);

    private static JsonObject ConfigMap(Guid stack, string name, IReadOnlyDictionary<string, string> labels) =>
        Object("v1", "ConfigMap", Stack.NamespaceFor(stack), name, labels);

    private static JsonObject Service(Guid stack, Guid agent, IReadOnlyDictionary<string, string> labels)
    {
        var service = Object("v1", "Service", Stack.NamespaceFor(stack), $"agent-{agent}", labels);
        service["spec"] = JsonNode.Parse("""{"ports":[{"port":80}]}""");
        return service;
    }

    /// <summary>Without a pod.</summary>
    private static JsonObject Deployment(Guid stack, Guid agent, IReadOnlyDictionary<string, string> labels)
    {
        var deployment = Object("apps/v1", "Deployment", Stack.NamespaceFor(stack), $"agent-{agent}", labels);
        deployment["spec"] = JsonNode.Parse($$$"""
            {"replicas":0,"selector":{"matchLabels":{"app":"x"}},
             "template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"x","image":"{{{TestCluster.IdleImage}}}"}]} } }
            """);
        return deployment;
    }

    private static JsonObject Object(string version, string kind, string? ns, string name, IReadOnlyDictionary<string, string> labels) => new()
    {
        ["apiVersion"] = version,
        ["kind"] = kind,
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = ns,
            ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
        },
    };

    /// <summary>The real time, but for leaps of the clock that durations are measured by.</summary>
    private sealed class LeapingTime : TimeProvider
    {
        private long _leapt;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _leapt);

        public void Leap(TimeSpan by) => Interlocked.Add(ref _leapt, (long)(by.TotalSeconds * TimestampFrequency));
    }
}
