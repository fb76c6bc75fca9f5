using System.Net;
using System.Net.Sockets;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>The HTTP client of one cluster: knows where it is, recognises it, and says who asks.</summary>
internal sealed class KubernetesHttp : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // A connection whose other end is gone without a word is given up within 35 s.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(15);
    private const int TcpProbeInterval = 5;
    private const int TcpProbes = 3;

    /// <summary>
    /// Set on a request whose answer may come as fast as it likes and be read slowly. Over HTTP/2 it would hold up what else is on the connection, and up to
    /// 16 MB of it would wait in this process; over a connection of its own only the sender waits.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> OwnConnection = new("stackagent.own-connection");

    /// <summary>Makes the client; nothing is sent yet.</summary>
    public KubernetesHttp(ClusterConnection connection, TimeProvider time)
    {
        ICredentialSource credentials = connection.Credentials is PluginCredentials plugin
            ? new CredentialPlugin(connection, plugin, time)
            : new FileCredentials(connection, time);
        Client = new HttpClient(new ClusterHandler(connection, credentials))
        {
            BaseAddress = connection.Server,
            // A watch lasts as long as it lasts; whoever sends something short brings a deadline.
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        Impersonate(Client, connection.Impersonation);
    }

    /// <summary>
    /// Give it addresses relative to <see cref="HttpClient.BaseAddress"/>, such as <c>api/v1/pods</c>, without a slash in front: a cluster may be
    /// served below a path. It has no timeout. It throws <see cref="HttpRequestException"/> also when there are no credentials to send.
    /// </summary>
    public HttpClient Client { get; }

    public void Dispose() => Client.Dispose();

    internal static SocketsHttpHandler CreateSockets(ClusterConnection connection, ClientIdentity? identity)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = ClusterTls.Options(connection, identity),
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            ConnectCallback = ConnectAsync,
        };
        if (connection.Proxy is { } proxy)
            handler.Proxy = new WebProxy(proxy) { Credentials = ProxyCredentials(proxy) };
        return handler;
    }

    /// <summary>HTTP/1.1 has no pings: the operating system's do the same for it.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)PingDelay.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, TcpProbeInterval);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, TcpProbes);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static NetworkCredential? ProxyCredentials(Uri proxy)
    {
        if (proxy.UserInfo.Length == 0)
            return null;
        var parts = proxy.UserInfo.Split(':', 2);
        return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    private static void Impersonate(HttpClient client, Impersonation? impersonation)
    {
        if (impersonation is null)
            return;
        client.DefaultRequestHeaders.Add("Impersonate-User", impersonation.UserName);
        if (impersonation.Uid is { } uid)
            client.DefaultRequestHeaders.Add("Impersonate-Uid", uid);
        if (impersonation.Group is { } group)
            client.DefaultRequestHeaders.Add("Impersonate-Group", group);
    }
}
