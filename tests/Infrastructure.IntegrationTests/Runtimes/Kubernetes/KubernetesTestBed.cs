using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>An installation of its own in the real cluster, with the rights of <c>deploy/base/rbac.yaml</c>, and the means to put agents into it.</summary>
internal sealed class KubernetesTestBed : IAsyncDisposable
{
    /// <summary>Answers many at once, and ends when it is told to as soon as those under way have their answers.</summary>
    public const string HealthyAgent = """
        import http.server, os, signal, threading
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
            def log_message(self, *_): pass
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = False
        server = Server(("", int(os.environ["PORT"])), Handler)
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print("hello from the agent", flush=True)
        server.serve_forever(poll_interval=0.1)
        server.server_close()
        """;

    private readonly TemporaryFolder _folder;
    private readonly KubernetesHttp _http;
    private readonly ConcurrentDictionary<Guid, bool> _stacks = [];
    private readonly CancellationTokenSource _end = new();
    private Task _leading = Task.CompletedTask;

    private KubernetesTestBed(TemporaryFolder folder, ClusterConnection connection, KubernetesOptions options)
    {
        _folder = folder;
        _http = new KubernetesHttp(connection, TimeProvider.System);
        var installation = Substitute.For<IInstallation>();
        installation.GetIdAsync(CancellationToken.None).ReturnsForAnyArgs(ValueTask.FromResult(Installation));
        var folders = Substitute.For<ICodeFolders>();
        folders.AgentPath(default, default).ReturnsForAnyArgs(call => AgentPath(new AgentRef(call.ArgAt<Guid>(0), call.ArgAt<Guid>(1))));
        var client = new KubernetesClient(_http.Client, TimeProvider.System);
        Runtime = new KubernetesRuntime(
            connection, options, client, installation, Reconciler, folders, TimeProvider.System,
            NullLogger<KubernetesRuntime>.Instance);
        Recipients = new PodRecipients(Runtime, client);
        Observations = new ObservationLog(Runtime);
    }

    public Guid Installation { get; } = Guid.NewGuid();

    public KubernetesRuntime Runtime { get; }

    /// <summary>Who may fetch which code.</summary>
    public ICodeRecipients Recipients { get; }

    /// <summary>Keeps what it is asked to do.</summary>
    public IReconcileQueue Reconciler { get; } = Substitute.For<IReconcileQueue>();

    public ObservationLog Observations { get; }

    /// <summary>Starts a runtime.</summary>
    /// <param name="change">Of the options; null: none.</param>
    /// <param name="account">Whom the cluster takes it for.</param>
    public static async Task<KubernetesTestBed> StartAsync(Func<KubernetesOptions, KubernetesOptions>? change = null, string account = "stackagent")
    {
        var folder = new TemporaryFolder();
        var config = await TestCluster.WriteAccountConfigAsync(folder.Path, account);
        var connection = KubeConfigLoader.Load(new Dictionary<string, string?> { ["KUBECONFIG"] = config }, folder.Path, new DiskFiles())!;
        var options = new KubernetesOptions(TestCluster.AgentImage, TimeSpan.FromSeconds(60))
        {
            Resources = new AgentResources { CpuRequest = "10m", MemoryRequest = "16Mi", MemoryLimit = "128Mi" },
        };
        var bed = new KubernetesTestBed(folder, connection, change?.Invoke(options) ?? options);
        await bed.Runtime.AcquireAsync(CancellationToken.None);
        bed._leading = bed.Runtime.LeadAsync(bed._end.Token);
        await bed.Runtime.ListAsync(CancellationToken.None);
        return bed;
    }

    /// <summary>An agent that is a <c>main.py</c>, in a stack of its own unless it is told.</summary>
    public AgentSpec Add(string program, AgentRef? agent = null, int revision = 1)
    {
        var added = agent ?? new AgentRef(Guid.CreateVersion7(), Guid.CreateVersion7());
        _stacks[added.StackId] = true;
        var code = Path.Combine(AgentPath(added), "revisions", $"{revision}", "extracted");
        Directory.CreateDirectory(code);
        File.WriteAllText(Path.Combine(code, "main.py"), program);
        return new AgentSpec(added, revision, code, new Dictionary<string, string> { ["STACKAGENT_AGENT_ID"] = $"{added.AgentId}" });
    }

    /// <summary>Adds the agent and makes it run.</summary>
    public async Task<AgentSpec> RunAsync(string program)
    {
        var agent = Add(program);
        await ApplyAsync(agent);
        return agent;
    }

    public async Task ApplyAsync(AgentSpec agent)
    {
        await Runtime.ApplyStackAsync(agent.Agent.StackId, CancellationToken.None);
        await Runtime.ApplyAgentAsync(agent, CancellationToken.None);
    }

    /// <summary>Whether the reconciler was woken for the agent.</summary>
    public bool IsAskedFor(AgentSpec agent) =>
        Reconciler.ReceivedCalls().Any(call => call.GetArguments() is [ReconcileKey asked] && asked == ReconcileKey.Agent(agent.Agent.AgentId));

    /// <summary>Where an agent's files are, its logs among them.</summary>
    public string AgentPath(AgentRef agent) => _folder[$"{agent.AgentId}"];

    public async ValueTask DisposeAsync()
    {
        await Observations.DisposeAsync();
        await _end.CancelAsync();
        await _leading.ContinueWith(_ => { }, TaskScheduler.Default);
        _end.Dispose();
        await Runtime.DisposeAsync();
        _http.Dispose();
        if (!_stacks.IsEmpty)
            await TestCluster.KubectlAsync(["delete", "namespace", "--ignore-not-found", "--wait=false", .. _stacks.Keys.Select(Stack.NamespaceFor)]);
        _folder.Dispose();
    }
}
