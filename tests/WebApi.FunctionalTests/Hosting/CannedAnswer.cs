using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StackAgent.WebApi.FunctionalTests.Hosting;

/// <summary>Answers the first call with the bytes it was given, whatever is asked.</summary>
internal sealed class CannedAnswer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _answering;

    public CannedAnswer(string answer)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _answering = AnswerAsync(answer);
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
    }

    private async Task AnswerAsync(string answer)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        while (await reader.ReadLineAsync() is { Length: > 0 })
            continue;
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
    }
}
