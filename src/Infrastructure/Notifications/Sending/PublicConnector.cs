using System.Net;
using System.Net.Sockets;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>
/// Opens connections. A name is resolved once: what was checked is what is connected to, so that a name server that answers differently the
/// second time gains nothing.
/// </summary>
internal sealed class PublicConnector(INameResolver resolver, NotificationSenderOptions options)
{
    /// <summary>More addresses than this are not tried.</summary>
    private const int MaxCandidates = 4;

    /// <summary>For each address but the last, so that one that swallows packets leaves time for the next.</summary>
    private static readonly TimeSpan CandidateTimeout = TimeSpan.FromSeconds(3);

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="RefusedAddressException">One of the addresses isn't public; one is enough, whatever the others are.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolver.ResolveAsync(host, cancellationToken);
        if (!options.AllowPrivate && !Array.TrueForAll(addresses, PublicNetwork.Includes))
            throw new RefusedAddressException(host);

        return await ConnectAsync(addresses[..Math.Min(addresses.Length, MaxCandidates)], port, cancellationToken);
    }

    private static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        for (var i = 0; i < addresses.Length - 1; i++)
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limited.CancelAfter(CandidateTimeout);
            try
            {
                return await ConnectAsync(addresses[i], port, limited.Token);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // The next one may be better.
            }
        }

        return addresses.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : await ConnectAsync(addresses[^1], port, cancellationToken);
    }

    private static async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
