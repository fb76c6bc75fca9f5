using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace StackAgent.Bench.Status;

/// <summary>
/// An HTTP/1.1 connection that sends requests made before and looks at no more of an answer than its status and its end, for where
/// wrk can't be told how many requests to send or at what pace.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 << 10];

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(Uri server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port);
        return new RawConnection(socket);
    }

    /// <summary>A request to post JSON, as it goes over the wire.</summary>
    public static byte[] Post(Uri server, string path, string credential, string body) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {credential}\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>Returns once the answer is there; throws when it isn't 200.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request);
        var count = 0;
        do
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(count));
            if (received == 0)
                throw new IOException("The server closed the connection.");
            count += received;
        }
        while (!IsWhole(_buffer.AsSpan(0, count)));

        if (!_buffer.AsSpan(0, count).StartsWith("HTTP/1.1 200 "u8))
            throw new InvalidOperationException($"The server refused a request: {Encoding.UTF8.GetString(_buffer, 0, count)}");
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;

        var length = answer[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        var text = answer[(length + "Content-Length: ".Length)..];
        return answer.Length - head - 4 == int.Parse(text[..text.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
