using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Hosting;

internal static class KestrelSetup
{
    /// <summary>For any endpoint that doesn't say otherwise.</summary>
    public const long DefaultMaxBodyBytes = 1 << 20;

    private static readonly MinDataRate Slowest = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    public static void Configure(KestrelServerOptions kestrel, ServerSettings settings, LimitSettings limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = DefaultMaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.Connections;
        // Against senders and readers that take their time: headers have to be there in 15 s; bodies and answers have to move on at 240 bytes a second,
        // counted over each 64 KB of an answer, so that a reader who pauses for some minutes isn't cut off.
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Limits.MinRequestBodyDataRate = Slowest;
        kestrel.Limits.MinResponseDataRate = Slowest;
        kestrel.Limits.MaxRequestHeaderCount = 100;
        // The longest address of the contract, a session's topic of 500 four-byte characters, takes 7.5 kB percent-encoded.
        kestrel.Limits.MaxRequestLineSize = 16 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(kestrel.ApplicationServices.GetRequiredService<DrainDeadline>().Around));

        switch (settings.Host)
        {
            case "*":
                kestrel.ListenAnyIP(settings.Port);
                break;
            case "localhost" when settings.Port != 0:
                kestrel.ListenLocalhost(settings.Port);
                break;
            case "localhost":
                kestrel.Listen(IPAddress.Loopback, 0);
                break;
            default:
                kestrel.Listen(IPAddress.Parse(settings.Host), settings.Port);
                break;
        }
    }
}
