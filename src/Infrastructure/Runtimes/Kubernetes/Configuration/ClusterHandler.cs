using System.Net;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>
/// Puts the credential of the moment on each request. A refused one (401) is renewed and the request sent once more. When the client certificate
/// changes, new requests go over new connections, and those under way end on the old ones.
/// </summary>
internal sealed class ClusterHandler(ClusterConnection connection, ICredentialSource credentials) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private Transport? _transport;
    private bool _disposed;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // A message that somebody made by hand asks for 1.1, where each watch would take a connection of its own.
        request.Version = request.Options.TryGetValue(KubernetesHttp.OwnConnection, out var own) && own ? HttpVersion.Version11 : HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        // The name that .NET asks for and checks in the handshake is that of the Host header; it can't be given apart from it.
        if (connection.TlsServerName is { } name)
            request.Headers.Host = name;

        var credential = await credentials.GetAsync(cancellationToken);
        if (credentials.CanRenew && request.Content is { } content)
            await content.LoadIntoBufferAsync(cancellationToken);

        var response = await SendAsync(request, credential, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !credentials.CanRenew)
            return response;

        ClusterCredential? renewed;
        try
        {
            renewed = await credentials.RenewAsync(credential, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }

        if (renewed is null)
            return response;
        response.Dispose();
        return await SendAsync(request, renewed, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Transport? last;
            lock (_lock)
            {
                _disposed = true;
                last = _transport;
                _transport = null;
            }

            last?.Retire();
            (credentials as IDisposable)?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, ClusterCredential credential, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = credential.Authorization;
        var transport = Lease(credential.Identity);
        try
        {
            return await transport.Invoker.SendAsync(request, cancellationToken);
        }
        finally
        {
            transport.Release();
        }
    }

    private Transport Lease(ClientIdentity? identity)
    {
        Transport? old = null;
        Transport transport;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_transport is null || !ReferenceEquals(_transport.Identity, identity))
            {
                old = _transport;
                _transport = new Transport(connection, identity);
            }

            transport = _transport;
            transport.Take();
        }

        old?.Retire();
        return transport;
    }

    /// <summary>Connections that show one client certificate. Closed when it is retired and no request waits for its answer's head any more; bodies end by themselves.</summary>
    private sealed class Transport(ClusterConnection connection, ClientIdentity? identity)
    {
        // The owner's own share, which Retire gives back.
        private int _shares = 1;

        public ClientIdentity? Identity => identity;

        public HttpMessageInvoker Invoker { get; } = new(KubernetesHttp.CreateSockets(connection, identity));

        public void Take() => Interlocked.Increment(ref _shares);

        public void Retire() => Release();

        public void Release()
        {
            if (Interlocked.Decrement(ref _shares) == 0)
                Invoker.Dispose();
        }
    }
}
