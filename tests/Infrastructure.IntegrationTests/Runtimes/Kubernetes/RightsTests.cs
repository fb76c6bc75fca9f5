using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;
using StackAgent.Testing;
using YamlDotNet.RepresentationModel;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary><c>deploy/base/rbac.yaml</c> grants what the runtime uses, all of it and nothing else, as the API server's own log shows.</summary>
[Category(TestCluster.Category)]
internal sealed class RightsTests
{
    private readonly string _account = $"rights-{Guid.NewGuid():N}";

    [SetUp]
    public Task CreateAccountAsync() => TestCluster.CreateAccountAsync(_account);

    [TearDown]
    public Task DeleteAccountAsync() => TestCluster.DeleteAccountAsync(_account);

    [Test]
    public async Task Runtime_WhenItHasDoneAllThatItDoes_HasUsedEveryRightAndMissedNone()
    {
        // A right that is missing shows in what waits for it too, but the refusal says which one it is.
        TimeoutException? waited = null;
        try
        {
            await LiveAsync();
        }
        catch (TimeoutException exception)
        {
            waited = exception;
        }

        var requests = await AuditLog.ReadAsync(_account);

        Assert.That(requests.Where(request => request.IsForbidden || request.Status == 401).Select(request => request.Line), Is.Empty, "refused");
        Assert.That(waited, Is.Null);
        // Server-side apply asks for two rights when it makes what wasn't there.
        var used = requests
            .SelectMany(request => request is { Right: { } right, Status: 201 } && right.StartsWith("patch ", StringComparison.Ordinal)
                ? [right, $"create {right["patch ".Length..]}"]
                : new[] { request.Right })
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.That(used, Is.EqualTo(await GrantedAsync()));
    }

    /// <summary>Everything that the runtime ever asks a cluster for.</summary>
    private async Task LiveAsync()
    {
        await using (var bed = await KubernetesTestBed.StartAsync(account: _account))
        {
            var healthy = await bed.RunAsync(KubernetesTestBed.HealthyAgent);
            var crashing = bed.Add("print('cannot go on', flush=True); raise SystemExit(3)", SameStack(healthy));
            await bed.ApplyAsync(crashing);
            var lost = bed.Add(KubernetesTestBed.HealthyAgent, SameStack(healthy));
            Directory.Delete(lost.CodePath, recursive: true);
            await bed.ApplyAsync(lost);

            await bed.Observations.WaitForAsync(healthy.Agent, ObservedState.Running);
            await bed.Observations.WaitForAsync(lost.Agent, seen => seen.Reason == "FailedMount", "what an event tells");
            await bed.Observations.WaitForAsync(crashing.Agent, ObservedState.Failed);

            await EditAndHealAsync(bed, healthy);

            foreach (var agent in new[] { healthy, crashing, lost })
                await Eventually.TrueAsync(() => bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None), "the agent to be removed");
            await bed.Runtime.RemoveStackAsync(healthy.Agent.StackId, CancellationToken.None);
        }

        // Without them, those that were made before have to go.
        await using (var unbound = await KubernetesTestBed.StartAsync(
            options => options with { Stack = options.Stack with { Quota = new Dictionary<string, string>(StringComparer.Ordinal), IsolateNetwork = false } }, _account))
        {
            var agent = unbound.Add(KubernetesTestBed.HealthyAgent);
            await unbound.Runtime.ApplyStackAsync(agent.Agent.StackId, CancellationToken.None);
        }

        await using (var fetching = await KubernetesTestBed.StartAsync(
            options => options with { Fetch = new CodeFetchOptions("localhost:1/nobody/nothing:1", new Uri("http://10.244.0.1")) }, _account))
        {
            await IdentifyAsync(fetching, await fetching.RunAsync(KubernetesTestBed.HealthyAgent));
        }
    }

    private static async Task IdentifyAsync(KubernetesTestBed bed, AgentSpec agent)
    {
        var ns = Stack.NamespaceFor(agent.Agent.StackId);
        var pods = await Eventually.GetAsync(() => TestCluster.GetAsync("pods", "-n", ns), pods => pods?["items"]!.AsArray().Count == 1, "the agent's pod");
        var pod = pods!["items"]![0]!["metadata"]!;
        var token = await TestCluster.CreatePodTokenAsync(ns, $"{pod["name"]}", $"{pod["uid"]}", "stackagent");
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return await bed.Recipients.IdentifyAsync(token, CancellationToken.None) == new CodeRecipient(agent.Agent, 0);
                }
                catch (UnavailableException)
                {
                    return false;
                }
            },
            "the pod to be known");
    }

    private static async Task EditAndHealAsync(KubernetesTestBed bed, AgentSpec agent)
    {
        var (ns, name) = (Stack.NamespaceFor(agent.Agent.StackId), ObjectLabels.NameOf(agent.Agent));
        await TestCluster.KubectlAsync(
            "patch", "service", "-n", ns, name, "--type=json", "-p", """[{"op":"add","path":"/spec/selector/other","value":"x"}]""");
        await Eventually.TrueAsync(
            async () =>
            {
                await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);
                return (await TestCluster.GetAsync("service", "-n", ns, name))!["spec"]!["selector"]!.AsObject().Count == 1;
            },
            "the Service to be put back");
    }

    private static AgentRef SameStack(AgentSpec agent) => new(agent.Agent.StackId, Guid.CreateVersion7());

    /// <summary>As <see cref="AuditedRequest.Right"/> names rights, sorted.</summary>
    private static async Task<IReadOnlyList<string>> GrantedAsync()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "base", "rbac.yaml"))));
        var role = yaml.Documents.Select(document => document.RootNode).Single(root => $"{root["kind"]}" == "ClusterRole");
        return
        [
            .. Values(role["rules"])
                .SelectMany(rule => Values(rule["apiGroups"]).SelectMany(api => Values(rule["resources"]).SelectMany(
                    resource => Values(rule["verbs"]).Select(verb => $"{verb} {api}/{resource}"))))
                .Order(StringComparer.Ordinal),
        ];

        static IEnumerable<YamlNode> Values(YamlNode list) => ((YamlSequenceNode)list).Children;
    }
}
