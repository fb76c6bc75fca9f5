using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>There is no usable answer from the API server.</summary>
/// <param name="reason">One of the constants.</param>
/// <param name="message">A whole sentence, for whoever runs StackAgent.</param>
/// <param name="inner">What happened to the connection.</param>
internal sealed class KubernetesConnectionException(string reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>No connection, or none that lasts.</summary>
    public const string Unreachable = "ClusterUnreachable";

    /// <summary>The server can't prove that it is the one that is meant.</summary>
    public const string Untrusted = "ClusterUntrusted";

    /// <summary>Nothing to show to the server, or nothing that it takes.</summary>
    public const string CredentialsRefused = "ClusterCredentialsRefused";

    public string Reason { get; } = reason;

    /// <summary>Whether the exception is one that a request over HTTP ends with when its connection fails, it takes too long, or the answer is garbage.</summary>
    public static bool IsConnectionFailure(Exception exception) =>
        exception is HttpRequestException or IOException or TimeoutException or OperationCanceledException or JsonException;

    /// <summary>Puts a connection failure into a sentence.</summary>
    public static KubernetesConnectionException From(Exception failure) => failure switch
    {
        KubernetesConnectionException known => known,
        ClusterCredentialException credentials => new KubernetesConnectionException(CredentialsRefused, credentials.Message, failure),
        OperationCanceledException or TimeoutException => Of("The cluster's API server didn't answer in time.", failure),
        JsonException => Of("What answers at the API server's address doesn't speak Kubernetes.", failure),
        _ when Find<AuthenticationException>(failure) is { } untrusted =>
            new KubernetesConnectionException(Untrusted, DescribeCertificate(untrusted.Message), failure),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            Of("The host name of the cluster's API server can't be resolved.", failure),
        _ when Find<SocketException>(failure) is { } socket => Of($"The cluster's API server can't be reached ({socket.Message}).", failure),
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
            Of("The proxy doesn't lead to the cluster's API server.", failure),
        _ => Of("The connection to the cluster's API server broke.", failure),
    };

    private static KubernetesConnectionException Of(string message, Exception failure) => new(Unreachable, message, failure);

    private static string DescribeCertificate(string message)
    {
        bool Has(string problem) => message.Contains(problem, StringComparison.Ordinal);
        if (Has("RemoteCertificateNameMismatch"))
        {
            return "The API server's certificate is made for another host name than the configured address. Use an address that the certificate "
                + "names, or set tls-server-name in the kubeconfig.";
        }

        if (Has("NotTimeValid"))
            return "The API server's certificate has expired or isn't valid yet. Renew it, or set this machine's clock.";
        if (Has("UntrustedRoot") || Has("PartialChain") || Has("RemoteCertificateChainErrors"))
        {
            return "The API server's certificate isn't signed by the authority that the configuration names. Put the cluster's own into "
                + "certificate-authority-data in the kubeconfig.";
        }

        return "The encrypted connection to the API server can't be made: its certificate, or this client's, was refused.";
    }

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
                return found;
        }

        return null;
    }
}
