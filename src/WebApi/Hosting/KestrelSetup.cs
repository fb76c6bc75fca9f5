using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

internal static class KestrelSetup
{
    /// <summary>For any endpoint that doesn't say otherwise.</summary>
    public const long DefaultMaxBodyBytes = 1 << 20;

    public static void Configure(KestrelServerOptions kestrel, ServerSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = DefaultMaxBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
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
