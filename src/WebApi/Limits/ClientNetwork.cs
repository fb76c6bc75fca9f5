using System.Net;
using System.Net.Sockets;

namespace StackAgent.WebApi.Limits;

/// <summary>What counts as one client where only its address is known.</summary>
internal static class ClientNetwork
{
    private const int IPv6NetworkLength = 8;

    /// <summary>An IPv4 address, or the /64 network of an IPv6 address: whoever has one of its addresses has them all.</summary>
    public static string Of(IPAddress? client)
    {
        if (client is null)
            return "";
        if (client.IsIPv4MappedToIPv6)
            client = client.MapToIPv4();

        return client.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(client.GetAddressBytes().AsSpan(0, IPv6NetworkLength))
            : client.ToString();
    }
}
