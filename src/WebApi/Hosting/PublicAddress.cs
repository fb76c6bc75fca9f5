using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using StackAgent.Application.Common;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>The configured address, or else this machine's own, with the port that the server really listens on.</summary>
internal sealed class PublicAddress(ServerSettings settings, IServer server) : IPublicAddress
{
    // Kept once it is certain: every agent of every list has it in its URLs.
    private string? _certain = settings.PublicUrl?.AbsoluteUri.TrimEnd('/');

    public string BaseUrl
    {
        get
        {
            if (_certain is { } certain)
                return certain;

            var port = Port;
            var address = $"http://{Host}:{port}";
            if (port != 0)
                _certain = address;
            return address;
        }
    }

    private string Host => settings.Host switch
    {
        "*" => "127.0.0.1",
        var host when host.Contains(':', StringComparison.Ordinal) => $"[{host}]",
        var host => host,
    };

    private int Port => settings.Port != 0
        ? settings.Port
        : server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(address => BindingAddress.Parse(address).Port).FirstOrDefault() ?? 0;
}
