using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>The whole product in this process, over the real cluster, with the rights of <c>deploy/base/rbac.yaml</c> and agents' code that the node shares.</summary>
internal sealed class KubernetesServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private KubernetesServer(ProductServer product, ClusterObjects objects, TemporaryFolder folder)
    {
        Product = product;
        Objects = objects;
        _folder = folder;
    }

    public ProductServer Product { get; }

    public ClusterObjects Objects { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="resync">Between full passes. An hour by default: then whatever happens, happens because of what was seen at once.</param>
    /// <param name="configure">Replaces services.</param>
    /// <param name="clusterPort">Where the server looks for the cluster on this machine; null: where it is.</param>
    /// <param name="settings">Added to the environment.</param>
    public static async Task<KubernetesServer> StartAsync(
        TimeSpan? resync = null, Action<IServiceCollection>? configure = null, int? clusterPort = null, IReadOnlyDictionary<string, string>? settings = null)
    {
        var folder = new TemporaryFolder();
        var port = ServerProcess.FreePort();
        var environment = await EnvironmentAsync(folder.Path, port, clusterPort);
        environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        environment["AGENT_PLATFORM_BASE_PATH"] = folder["platform"];
        foreach (var (name, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
            environment[name] = value;
        var product = await ProductServer.StartAsync(
            DatabaseProvider.Sqlite,
            services =>
            {
                services.AddSingleton(ReconcilerOptions.Default with { ResyncInterval = resync ?? TimeSpan.FromHours(1) });
                configure?.Invoke(services);
            },
            environment);
        return new KubernetesServer(product, await ClusterObjects.OfAsync(product.Services), folder);
    }

    /// <summary>What a server has to be told about the cluster.</summary>
    /// <param name="folder">Gets the kubeconfig.</param>
    /// <param name="port">Where pods reach the server.</param>
    /// <param name="clusterPort">Where the server looks for the cluster on this machine; null: where it is.</param>
    public static async Task<Dictionary<string, string>> EnvironmentAsync(string folder, int port, int? clusterPort = null)
    {
        var config = await TestCluster.WriteAccountConfigAsync(folder);
        if (clusterPort is { } elsewhere)
            await ClusterLink.RedirectAsync(config, elsewhere);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AGENT_RUNTIME"] = "kubernetes",
            ["K8S_CONFIG_PATH"] = config,
            ["AGENT_IMAGE"] = TestCluster.AgentImage,
            ["AGENT_CPU_REQUEST"] = "1m",
            ["AGENT_MEMORY_REQUEST"] = "4Mi",
            ["AGENT_MEMORY_LIMIT"] = "128Mi",
            ["HOST"] = "*",
            ["PUBLIC_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://{TestCluster.HostAddress}:{port}"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Product.DisposeAsync();
        await Objects.RemoveAsync();
        _folder.Dispose();
    }
}
