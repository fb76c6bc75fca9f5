using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>A port of this machine that leads to the real API server, or to nobody who answers.</summary>
internal sealed class ClusterLink : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private volatile bool _forwards;
    private int _accepted;

    private ClusterLink(int port, Uri server, bool forwards)
    {
        _server = server;
        _forwards = forwards;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Connections so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Accepts connections at the port; <paramref name="forwards"/> false: and says nothing to any.</summary>
    public static async Task<ClusterLink> OpenAsync(int port, bool forwards)
    {
        var address = await TestCluster.KubectlAsync("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}");
        return new ClusterLink(port, new Uri(address), forwards);
    }

    /// <summary>Makes the kubeconfig, which is JSON, lead to the port.</summary>
    public static async Task RedirectAsync(string kubeConfig, int port)
    {
        var config = JsonNode.Parse(await File.ReadAllTextAsync(kubeConfig))!;
        config["clusters"]![0]!["cluster"]!["server"] = $"https://127.0.0.1:{port}";
        await File.WriteAllTextAsync(kubeConfig, config.ToJsonString(JsonSerializerOptions.Web));
    }

    /// <summary>Leads connections to the cluster from now on. Those that hang go on hanging.</summary>
    public void Forward() => _forwards = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        Interlocked.Increment(ref _accepted);
        using (client)
        {
            try
            {
                if (!_forwards)
                    await Task.Delay(Timeout.Infinite, _stop.Token);

                using var server = new TcpClient();
                await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream(), _stop.Token), server.GetStream().CopyToAsync(client.GetStream(), _stop.Token));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // One of the three is gone.
            }
        }
    }
}
