using System.Net;
using StackAgent.Domain.Common;

namespace StackAgent.Domain.Notifications;

/// <summary>
/// What can be said of an endpoint's URL without asking anybody. That a name leads to a public address is seen when it is connected to,
/// each time: it may lead elsewhere tomorrow.
/// </summary>
public static class WebhookUrl
{
    /// <summary>In code points.</summary>
    public const int MaxLength = 2000;

    /// <summary>Of a name in DNS, the dots included.</summary>
    private const int MaxHostLength = 253;

    private const string NotPublic =
        "This address isn't one of the public internet, so notifications aren't sent to it unless NOTIFICATION_ALLOW_PRIVATE=true on the server.";

    /// <summary>A sentence that says what is wrong with <paramref name="text"/>; null when nothing is.</summary>
    /// <param name="text">As it was entered.</param>
    /// <param name="allowPrivate">Whether it may name an address or a host that isn't public.</param>
    public static string? FindFault(string text, bool allowPrivate)
    {
        if (text.Length > MaxLength && Text.Length(text) > MaxLength)
            return $"A URL has at most {MaxLength} characters.";
        if (!Text.IsStorable(text) || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) || text.Contains('\\', StringComparison.Ordinal))
            return "A URL has no spaces, line breaks or backslashes.";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            return "This must be an absolute URL such as https://example.com/hook.";

        return FindFault(url, allowPrivate);
    }

    /// <summary>The same for a URL that has been parsed.</summary>
    public static string? FindFault(Uri url, bool allowPrivate)
    {
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
            return "This must be an absolute http or https URL such as https://example.com/hook.";

        var authority = Authority(url.OriginalString);
        if (authority.Contains('@'))
            return "A URL with a user name or password isn't accepted; put a secret into its path or query.";
        if (authority.Contains('%'))
            return "The host of a URL is written without percent signs.";
        if (url.Port == 0)
            return "Port 0 can't be connected to.";
        if (HostOf(url) is not { } host)
            return "The host of this URL is neither a name nor an address.";

        return allowPrivate || MayBePublic(host) ? null : NotPublic;
    }

    /// <summary>As it is looked up, without the trailing dot that only says that a name is complete; null when nothing can be called so.</summary>
    private static string? HostOf(Uri url)
    {
        if (url.HostNameType is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6))
            return null;

        try
        {
            var host = url.IdnHost.TrimEnd('.');
            return host.Length is > 0 and <= MaxHostLength ? host : null;
        }
        catch (UriFormatException)
        {
            // Letters that have no form in DNS, or too many of them.
            return null;
        }
    }

    private static bool MayBePublic(string host)
    {
        // The parser has written decimal, octal, hexadecimal and short forms of IPv4 in full.
        if (IPAddress.TryParse(host, out var address))
            return PublicNetwork.Includes(address);

        return !host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlySpan<char> Authority(string url)
    {
        var start = url.IndexOf("//", StringComparison.Ordinal);
        if (start < 0)
            return url;

        var rest = url.AsSpan(start + 2);
        var end = rest.IndexOfAny('/', '?', '#');
        return end < 0 ? rest : rest[..end];
    }
}
