using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using StackAgent.Application.Common;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>The configured address, or else this machine's own, with the port that the server really listens on.</summary>
internal sealed class PublicAddress(ServerSettings settings, IServer server) : IPublicAddress
{
    public string BaseUrl => settings.PublicUrl?.AbsoluteUri.TrimEnd('/') ?? $"http://{Host}:{Port}";

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
