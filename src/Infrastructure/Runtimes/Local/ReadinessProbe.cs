using System.Net;
using System.Net.Sockets;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Local;

internal static class ReadinessProbe
{
    /// <summary>A listener whose queue is full doesn't answer at all.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private static readonly HttpMessageInvoker Http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
    });

    /// <summary>Whether an agent is ready: it answers a GET of its health path with 2xx or 3xx, or, without such a path, it listens.</summary>
    public static Task<bool> IsReadyAsync(int port, HealthSettings health, CancellationToken cancellationToken)
    {
        var timeout = health.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout;
        return health.Path is { } path ? AnswersAsync(port, path, timeout, cancellationToken) : IsListeningAsync(port, timeout, cancellationToken);
    }

    private static async Task<bool> AnswersAsync(int port, string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);

        // Without a slash in front the path would become a part of the host's name.
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}{(path.StartsWith('/') ? "" : "/")}{path}");
        try
        {
            using var response = await Http.SendAsync(request, limit.Token);
            return (int)response.StatusCode is >= 200 and < 400;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Whether somebody accepts connections on a port of the loopback address.</summary>
    private static async Task<bool> IsListeningAsync(int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limit.Token);

            // A connection within the ephemeral range can meet itself.
            return !Equals(socket.LocalEndPoint, socket.RemoteEndPoint);
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
