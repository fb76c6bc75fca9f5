using System.Net;
using System.Net.Sockets;

namespace StackAgent.Domain.Notifications;

/// <summary>
/// Tells the addresses of the public internet from all others. What users let the server connect to has to be public, or they could speak
/// through it with its neighbours. By IANA's registries of special-purpose addresses; where those are in doubt, the answer is no.
/// </summary>
public static class PublicNetwork
{
    private const int EmbeddedInMapped = 12;
    private const int EmbeddedIn6To4 = 2;

    private static readonly IPNetwork[] SpecialV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this host, this network
        IPNetwork.Parse("10.0.0.0/8"), // private
        IPNetwork.Parse("100.64.0.0/10"), // behind a provider's NAT; Alibaba's metadata
        IPNetwork.Parse("127.0.0.0/8"), // loopback
        IPNetwork.Parse("168.63.129.16/32"), // Azure's host, from inside a virtual machine
        IPNetwork.Parse("169.254.0.0/16"), // link-local; the metadata of most clouds
        IPNetwork.Parse("172.16.0.0/12"), // private
        IPNetwork.Parse("192.0.0.0/24"), // protocols; Oracle's metadata
        IPNetwork.Parse("192.0.2.0/24"), // documentation
        IPNetwork.Parse("192.88.99.0/24"), // relays of 6to4, no longer in use
        IPNetwork.Parse("192.168.0.0/16"), // private
        IPNetwork.Parse("198.18.0.0/15"), // benchmarks
        IPNetwork.Parse("198.51.100.0/24"), // documentation
        IPNetwork.Parse("203.0.113.0/24"), // documentation
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, and broadcast
    ];

    // All that was ever given out. What is outside (loopback, unique local, link-local, site-local, multicast …) needs no entry of its own.
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialV6 =
    [
        IPNetwork.Parse("2001::/23"), // protocols: Teredo, benchmarks, ORCHID
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("3fff::/20"), // documentation
    ];

    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether <paramref name="address"/> is one that anybody on the internet may be reached at.</summary>
    public static bool Includes(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !Array.Exists(SpecialV4, network => network.Contains(address));
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return false;

        // A zone names a network card of this machine: no public address has one.
        if (address.ScopeId != 0)
            return false;
        if (EmbeddedV4(address) is { } embedded)
            return Includes(embedded);

        return GlobalV6.Contains(address) && !Array.Exists(SpecialV6, network => network.Contains(address));
    }

    /// <summary>The IPv4 address that packets to <paramref name="address"/> end at; null where there is none.</summary>
    private static IPAddress? EmbeddedV4(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6 || Nat64.Contains(address))
            return V4At(address, EmbeddedInMapped);

        return SixToFour.Contains(address) ? V4At(address, EmbeddedIn6To4) : null;
    }

    private static IPAddress V4At(IPAddress address, int offset)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return new IPAddress(bytes.Slice(offset, 4));
    }
}
