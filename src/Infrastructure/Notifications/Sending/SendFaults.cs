using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>
/// Why a try failed, in a sentence for the endpoint's owner. It holds nothing that the other side wrote, and about addresses that aren't
/// public it says the same whatever is there.
/// </summary>
internal static class SendFaults
{
    public const string UnreadableSecret =
        "The secret of this endpoint can't be read because the server's SECRET_KEY has changed: rotate the secret and give the receiver the new one.";

    public static string NoAnswer(TimeSpan timeout) => $"No answer came within {timeout.TotalSeconds:0.###} s.";

    /// <summary>For an answer that isn't 2xx.</summary>
    public static string Answered(HttpStatusCode status) => (int)status switch
    {
        >= 300 and < 400 => $"The receiver answered {(int)status}: redirects aren't followed, so enter the URL that it leads to.",
        401 or 403 => $"The receiver answered {(int)status}: it didn't accept the notification; check its secret and its rights.",
        404 => "The receiver answered 404: there is nothing at this URL; check its path.",
        405 => "The receiver answered 405: it takes no POST requests at this URL.",
        410 => "The receiver answered 410: it wants no more notifications.",
        429 => "The receiver answered 429: it gets more requests than it wants.",
        >= 500 => $"The receiver answered {(int)status}: it has a problem of its own.",
        _ => $"The receiver answered {(int)status}; only 200 to 299 counts as received.",
    };

    /// <summary>For a try that got no answer.</summary>
    public static string Explain(HttpRequestException exception, Uri url)
    {
        var (host, port) = (url.IdnHost, url.Port);
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case RefusedAddressException refused:
                    return refused.Message;
                case AuthenticationException:
                    return $"No secure connection to {host}: its certificate isn't valid for this name, has expired, lacks an intermediate one "
                        + "or comes from an unknown authority.";
                case SocketException socket:
                    return Explain(socket.SocketErrorCode, host, port);
            }
        }

        return exception.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => $"No secure connection to {host}: what listens on port {port} doesn't speak TLS as it should.",
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => $"What listens at {host}, port {port}, doesn't answer in HTTP.",
            HttpRequestError.ConfigurationLimitExceeded => "The receiver's answer has too many or too long headers.",
            _ => $"The connection to {host} was lost before an answer came.",
        };
    }

    private static string Explain(SocketError error, string host, int port) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => $"There is no host with the name {host}; check the URL.",
        SocketError.TryAgain or SocketError.NoRecovery => $"The name {host} couldn't be looked up: its name servers don't answer.",
        SocketError.ConnectionRefused => $"Nothing listens at {host}, port {port}.",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown
            or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => $"There is no way from this server to {host}.",
        SocketError.TimedOut => $"{host} doesn't answer on port {port}.",
        _ => $"The connection to {host} was lost before an answer came.",
    };
}
