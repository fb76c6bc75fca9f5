using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>An HTTP client for addresses that users enter: it does what it is told and nothing that the other side would like it to do.</summary>
internal static class NotificationHttp
{
    /// <summary>The longest that a try may take; what its connection does afterwards ends with it.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(1);

    private const int MaxHeaderKilobytes = 16;
    private const int MaxDrainedBytes = 16 * 1024;

    public static HttpMessageInvoker Create(PublicConnector connector) => new(CreateHandler(connector), disposeHandler: true);

    public static SocketsHttpHandler CreateHandler(PublicConnector connector) => new()
    {
        ConnectCallback = connector.ConnectAsync,
        ConnectTimeout = MaxTimeout,
        UseProxy = false, // A proxy would resolve the name itself, and it stands inside the network.
        AllowAutoRedirect = false,
        UseCookies = false,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null, // Traces of this server are nobody's business.
        MaxResponseHeadersLength = MaxHeaderKilobytes,

        // What is left of an answer is read for the connection's sake only, so little of it and not for long.
        MaxResponseDrainSize = MaxDrainedBytes,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),

        // A name's address counts for a minute at most: receivers move.
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        SslOptions = new SslClientAuthenticationOptions
        {
            // A certificate names addresses to load missing ones from: another way to send the server somewhere.
            CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
        },
    };
}
