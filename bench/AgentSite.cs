using StackAgent.Bench.Kubernetes;

namespace StackAgent.Bench;

/// <summary>A server with one stack, and where its agents run: beside it, or in the cluster that <c>--kubeconfig</c> names.</summary>
internal sealed class AgentSite : IAsyncDisposable
{
    private AgentSite(ClusterLab? cluster, BenchServer server)
    {
        Cluster = cluster;
        Server = server;
    }

    /// <summary>Null on the local runtime.</summary>
    public ClusterLab? Cluster { get; }

    public BenchServer Server { get; }

    /// <summary>Signed in.</summary>
    public HttpClient Client => Server.Process.Client;

    public AgentsApi Api => new(Client);

    public Guid Stack { get; private set; }

    /// <summary>For titles.</summary>
    public string Description => Cluster is null ? "on the local runtime" : "in a cluster";

    /// <summary>What agents listen on: nobody but this machine is to reach one that runs on it.</summary>
    public string Host => Cluster is null ? "127.0.0.1" : "";

    public static async Task<AgentSite> OpenAsync(Lab lab, string stack)
    {
        var cluster = lab.Options.KubeConfig is null ? null : await ClusterLab.OpenAsync(lab.Options);
        var site = new AgentSite(cluster, await lab.NewServerAsync(lab.Build, cluster?.ServerEnvironment));
        try
        {
            if (cluster is { HasNode: false })
                throw new InvalidOperationException("This cluster has no node, so that no pod would run.");
            await site.Server.StartAsync();
            await site.Server.SignInAsync();
            site.Stack = await site.Api.CreateStackAsync(stack);
            cluster?.CleanUp(site.Stack);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>An agent's address on the server, without the slash at its end.</summary>
    public string AddressOf(Guid agent) => $"stacks/{Stack}/agents/{agent}";

    /// <summary>Uploads an agent and waits until it runs and answers.</summary>
    public async Task<Guid> RunAsync(string name, HttpContent zip)
    {
        var agent = (await Api.UploadAsync(Stack, name, zip)).GetProperty("id").GetGuid();
        await ClusterLab.UntilAsync(async () => await Api.StatusAsync(agent) == "running", "the agent to run");
        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (Cluster is not null)
            await Cluster.DisposeAsync();
    }
}
