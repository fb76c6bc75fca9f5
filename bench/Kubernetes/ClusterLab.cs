using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Testing;

namespace StackAgent.Bench.Kubernetes;

/// <summary>A real cluster, seen by its administrator, and an account in it by which the server that is measured can be told from everybody else.</summary>
internal sealed class ClusterLab : IAsyncDisposable
{
    /// <summary>Kubernetes' own controllers make a few calls a second at most: what is waited for may take this long.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly string _account = $"bench-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    private readonly List<Guid> _stacks = [];
    private readonly KubernetesHttp _http;

    private ClusterLab(string auditLog)
    {
        var connection = KubeConfigLoader.Load(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["KUBECONFIG"] = TestCluster.KubeConfig }, _folder.Path, new DiskFiles())!;
        _http = new KubernetesHttp(connection, TimeProvider.System);
        Client = new KubernetesClient(_http.Client, TimeProvider.System);
        Description = connection.Description;
        Audit = new AuditLog(auditLog, $"system:serviceaccount:stackagent:{_account}");
    }

    /// <summary>The administrator's.</summary>
    public KubernetesClient Client { get; }

    /// <summary>The administrator's, for what <see cref="Client"/> can't do.</summary>
    public HttpClient Http => _http.Client;

    public string Description { get; }

    /// <summary>Of the measured server alone.</summary>
    public AuditLog Audit { get; }

    /// <summary>Whether anybody runs pods here.</summary>
    public bool HasNode { get; private set; }

    public static async Task<ClusterLab> OpenAsync(BenchOptions options)
    {
        var config = options.KubeConfig ?? Environment.GetEnvironmentVariable("KUBECONFIG")
            ?? throw new InvalidOperationException("Name a cluster's administrator by --kubeconfig or KUBECONFIG.");
        Environment.SetEnvironmentVariable("TEST_KUBECONFIG", Path.GetFullPath(config));
        var cluster = new ClusterLab(options.AuditLog ?? TestCluster.AuditLog);
        try
        {
            await cluster.AddAccountAsync();
            cluster.HasNode = (await TestCluster.GetAsync("nodes"))?["items"]?.AsArray().Count > 0;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for what may take long.</summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="what">For the failure.</param>
    /// <param name="interval">Between two looks; null: 10 ms, for what costs next to nothing to ask.</param>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? interval = null)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
                throw new TimeoutException($"Waited {Deadline.TotalMinutes} minutes for {what}.");
            await Task.Delay(interval ?? DefaultInterval);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? interval = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, interval);

    /// <summary>What makes a server use this cluster, with the rights of <c>deploy/base/rbac.yaml</c>.</summary>
    public Dictionary<string, string> ServerEnvironment => new(StringComparer.Ordinal)
    {
        ["AGENT_RUNTIME"] = "kubernetes",
        ["K8S_CONFIG_PATH"] = _folder["kubeconfig"],
        ["AGENT_IMAGE"] = TestCluster.AgentImage,
        // Small, so that no node is too small; and no limit of the server's own is what is measured.
        ["AGENT_CPU_REQUEST"] = "10m",
        ["AGENT_MEMORY_REQUEST"] = "16Mi",
        ["AGENT_DEPLOY_TIMEOUT_SECONDS"] = "3600",
    };

    /// <summary>Makes a namespace in which the server may keep a Lease, and returns its name; the caller removes it.</summary>
    public async Task<string> MakeLeaseNamespaceAsync()
    {
        var ns = $"leases-{_account}";
        await TestCluster.KubectlAsync("create", "namespace", ns);
        await TestCluster.KubectlAsync("create", "role", "leader", "-n", ns, "--verb=get,create,update", "--resource=leases.coordination.k8s.io");
        await TestCluster.KubectlAsync("create", "rolebinding", "leader", "-n", ns, "--role=leader", $"--serviceaccount=stackagent:{_account}");
        return ns;
    }

    /// <summary>Selects what belongs to the installation that has made this stack, whose namespace will go with the laboratory if it is still there.</summary>
    public async Task<string> SelectorOfAsync(Guid stack)
    {
        var found = await Client.GetAsync<Namespace>(ns: null, Stack.NamespaceFor(stack), CancellationToken.None);
        return $"app.kubernetes.io/managed-by=stackagent,app.kubernetes.io/instance={found!.Metadata.Labels!["app.kubernetes.io/instance"]}";
    }

    public Informer<T> Watch<T>(string selector, Action<InformerChange<T>> changed)
        where T : class, IKubernetesResource<T> =>
        new(Client, selector, new InformerOptions(), TimeProvider.System, NullLogger.Instance, changed);

    /// <summary>The stack's namespace is removed at the end, whatever the server does.</summary>
    public void CleanUp(Guid stack) => _stacks.Add(stack);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await TestCluster.KubectlAsync("delete", "clusterrolebinding", $"stackagent-{_account}", "--ignore-not-found");
        await TestCluster.KubectlAsync("delete", "serviceaccount", _account, "-n", "stackagent", "--ignore-not-found");
        if (_stacks.Count > 0)
            await TestCluster.KubectlAsync(["delete", "namespace", "--ignore-not-found", "--wait=false", .. _stacks.Select(Stack.NamespaceFor)]);
        _folder.Dispose();
    }

    private async Task AddAccountAsync()
    {
        await TestCluster.KubectlAsync("apply", "-f", Path.Combine(Repository.Root, "deploy", "base", "rbac.yaml"));
        await TestCluster.ApplyAsync(
            $$$"""
            {"apiVersion":"v1","kind":"List","items":[
              {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"{{{_account}}}","namespace":"stackagent"}},
              {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"stackagent-{{{_account}}}"},
               "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"stackagent"},
               "subjects":[{"kind":"ServiceAccount","name":"{{{_account}}}","namespace":"stackagent"}]}]}
            """);
        await TestCluster.WriteAccountConfigAsync(_folder.Path, _account);
    }
}
