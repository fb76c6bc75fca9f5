using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.IntegrationTests.Reconciliation;
using StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>Rows, reconciler and Kubernetes runtime over a cluster that fails as told. What a real cluster's controllers would do, <see cref="SettleAsync"/> does.</summary>
internal sealed class FakeClusterBed : IAsyncDisposable
{
    private readonly TestCertificate _authority = TestCertificate.Authority();
    private readonly TestCertificate _certificate;
    private KubernetesHttp? _http;

    private FakeClusterBed(string host) => _certificate = _authority.Server(host);

    public FakeApiServer Cluster { get; private set; } = null!;

    public ReconcilerTestBed Bed { get; private set; } = null!;

    public KubernetesRuntime Runtime => (KubernetesRuntime)Bed.UsedRuntime;

    /// <summary>A bed whose reconciler isn't started yet.</summary>
    /// <param name="change">Of the connection to the cluster, which trusts its authority and shows no credentials.</param>
    /// <param name="time">Of the connection alone: ages credentials.</param>
    /// <param name="certifiedHost">Whom the cluster's certificate is for.</param>
    public static async Task<FakeClusterBed> CreateAsync(
        Func<ClusterConnection, ClusterConnection>? change = null, TimeProvider? time = null, string certifiedHost = "127.0.0.1")
    {
        var bed = new FakeClusterBed(certifiedHost);
        // Windows and macOS can't serve a key that exists in memory only.
        bed.Cluster = await FakeApiServer.StartAsync(bed._certificate.Certificate);
        var connection = new ClusterConnection { Server = bed.Cluster.Address, CertificateAuthority = bed._authority.Pem };
        bed._http = new KubernetesHttp(change?.Invoke(connection) ?? connection, time ?? TimeProvider.System);
        var client = new KubernetesClient(bed._http.Client, TimeProvider.System, new KubernetesClientOptions { RequestTimeout = TimeSpan.FromSeconds(2) });
        var watching = new InformerOptions { IdleLimit = TimeSpan.FromSeconds(1), FirstDelay = TimeSpan.FromMilliseconds(10), MaxDelay = TimeSpan.FromMilliseconds(200) };
        bed.Bed = await ReconcilerTestBed.CreateAsync(runtime: services => new KubernetesRuntime(
            connection,
            new KubernetesOptions("registry.example/agent:1", ReconcilerTestBed.DeployTimeout),
            client,
            services.GetRequiredService<IInstallation>(),
            services.GetRequiredService<IReconcileQueue>(),
            services.GetRequiredService<ICodeFolders>(),
            TimeProvider.System,
            NullLogger<KubernetesRuntime>.Instance,
            watching));
        return bed;
    }

    /// <summary>Started, with a stack whose three agents run.</summary>
    public async Task<(Guid Stack, IReadOnlyList<Guid> Agents)> StartWithAgentsAsync()
    {
        await Bed.StartAsync();
        var (stack, first) = await Bed.AddAsync();
        Guid[] agents = [first, await Bed.AddAgentAsync(stack), await Bed.AddAgentAsync(stack)];
        await SettleAsync();
        return (stack, agents);
    }

    /// <summary>Plays the cluster's controllers until every agent with a row runs, and cluster and rows are equal.</summary>
    public async Task SettleAsync()
    {
        await Eventually.GetAsync(
            async () =>
            {
                foreach (var deployment in Cluster.All<Deployment>())
                    MakeAvailable(deployment);
                var rows = await RowsAsync();
                return string.Join('\n', rows.Select(NotRunning).Concat(Differences(rows, await StacksAsync())).Where(fault => fault is not null));
            },
            faults => faults.Length == 0,
            "every agent to run, and cluster and rows to be equal");
    }

    /// <summary>Waits until the request has been made so often since now.</summary>
    public Task UntilAskedAsync(Func<FakeRequest, bool> request, int times)
    {
        var before = Cluster.Requests.Count(request);
        return Eventually.TrueAsync(() => Cluster.Requests.Count(request) >= before + times, "the cluster to be asked");
    }

    public async ValueTask DisposeAsync()
    {
        await Bed.DisposeAsync();
        _http?.Dispose();
        await Cluster.DisposeAsync();
        _certificate.Dispose();
        _authority.Dispose();
    }

    private void MakeAvailable(Deployment deployment)
    {
        var meta = deployment.Metadata;
        if (deployment.Status?.ObservedGeneration == meta.Generation)
            return;

        try
        {
            Cluster.Edit<Deployment>(
                meta.Namespace,
                meta.Name,
                json => json["status"] = new JsonObject
                {
                    ["observedGeneration"] = (long)json["metadata"]!["generation"]!,
                    ["replicas"] = 1,
                    ["updatedReplicas"] = 1,
                    ["availableReplicas"] = 1,
                },
                manager: "kube-controller-manager");
        }
        catch (FakeStatusException)
        {
            // It was deleted meanwhile.
        }
    }

    private static string? NotRunning(Agent agent) => agent is { Status: AgentStatus.Running, StatusReason: null }
        ? null
        : $"agent {agent.Id} is {agent.Status}: {agent.StatusReason} {agent.StatusMessage}";

    private IEnumerable<string?> Differences(IReadOnlyList<Agent> agents, IReadOnlyList<Guid> stacks)
    {
        var wanted = agents.Select(agent => $"{Stack.NamespaceFor(agent.StackId!.Value)}/agent-{agent.Id}").ToList();
        yield return Difference<Deployment>(wanted);
        yield return Difference<Service>(wanted);
        yield return Difference<Ingress>(wanted);
        yield return Difference<Secret>([.. wanted.Select(name => $"{name}-r1")]);
        yield return Difference<Namespace>([.. stacks.Select(stack => $"/{Stack.NamespaceFor(stack)}")]);
        yield return Cluster.All<Service>().All(service => service.Spec.Ports is [{ Port: 80 }]) ? null : "a Service has another port";
    }

    private string? Difference<T>(IReadOnlyCollection<string> wanted)
        where T : class, IKubernetesResource<T>
    {
        var there = Cluster.All<T>().Select(found => $"{found.Metadata.Namespace}/{found.Metadata.Name}").ToList();
        var missing = wanted.Except(there).Select(name => $"missing {name}");
        var left = there.Except(wanted).Select(name => $"left {name}");
        string[] all = [.. missing, .. left];
        return all.Length == 0 ? null : $"{T.Kind.Name}: {string.Join(", ", all)}";
    }

    private Task<List<Agent>> RowsAsync() => Bed.WithDatabaseAsync(db => db.Agents.AsNoTracking().ToListAsync());

    private Task<List<Guid>> StacksAsync() => Bed.WithDatabaseAsync(db => db.Stacks.AsNoTracking().Select(stack => stack.Id).ToListAsync());
}
