using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

/// <summary>A request as it came over the wire.</summary>
internal sealed record ReceivedRequest(string StartLine, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? this[string name] =>
        Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).SingleOrDefault();
}

/// <summary>Listens on a free port and answers byte by byte as a test wants, which no well-behaved server would.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly X509Certificate2? _certificate;
    private readonly Func<ReceivedRequest, Stream, CancellationToken, Task> _answer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private int _accepted;

    private Receiver(IPEndPoint at, X509Certificate2? certificate, Func<ReceivedRequest, Stream, CancellationToken, Task> answer)
    {
        (_certificate, _answer) = (certificate, answer);
        _listener = new TcpListener(at);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that came, with a request or without.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public ConcurrentQueue<ReceivedRequest> Requests { get; } = new();

    public ReceivedRequest Last => Requests.Last();

    /// <summary>Set when a connection's other side has closed it, or an answer couldn't be written to the end.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set when a request has been read.</summary>
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers each request with the same bytes.</summary>
    public static Receiver Answering(string answer) => Start((_, stream, token) => stream.WriteAsync(Encoding.UTF8.GetBytes(answer), token).AsTask());

    public static Receiver Ok() => Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    public static Receiver Start(
        Func<ReceivedRequest, Stream, CancellationToken, Task> answer, IPAddress? address = null, int port = 0, X509Certificate2? certificate = null) =>
        new(new IPEndPoint(address ?? IPAddress.Loopback, port), certificate, answer);

    public Uri Url(string host = "127.0.0.1", string scheme = "http") => new($"{scheme}://{host}:{Port}/hook?key=1");

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = await SecureAsync(client.GetStream());
                while (await ReadAsync(stream) is { } request)
                {
                    Requests.Enqueue(request);
                    Asked.TrySetResult();
                    await _answer(request, stream, _stopping.Token);
                }
            }
            catch (Exception end) when (end is OperationCanceledException or IOException or ObjectDisposedException or AuthenticationException)
            {
                // The other side went away, the answer closed the connection, or the test is over.
            }

            Closed.TrySetResult();
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream stream)
    {
        if (_certificate is null)
            return stream;

        // Offline, or the server itself would load what its certificate names.
        var secure = new SslStream(stream);
        var certificate = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate }, _stopping.Token);
        return secure;
    }

    private async Task<ReceivedRequest?> ReadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stopping.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1])).ToList();
        var body = new byte[int.Parse(headers.SingleOrDefault(header => header.Key == "Content-Length").Value ?? "0")];
        await stream.ReadExactlyAsync(body, _stopping.Token);
        return new ReceivedRequest(lines[0], headers, body);
    }
}
