using System.Net.Http.Headers;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>Who this server is to the cluster, at one moment. A class, because what changed is recognised by being another object.</summary>
internal sealed class ClusterCredential(AuthenticationHeaderValue? authorization, ClientIdentity? identity)
{
    public AuthenticationHeaderValue? Authorization => authorization;

    public ClientIdentity? Identity => identity;
}

/// <summary>Has the credential that is to be used now.</summary>
internal interface ICredentialSource
{
    /// <summary>Whether <see cref="RenewAsync"/> can ever answer with one.</summary>
    bool CanRenew { get; }

    /// <summary>The one to use now, the same object as before where nothing has changed.</summary>
    /// <exception cref="ClusterCredentialException">There is none.</exception>
    ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken);

    /// <summary>Another one than that which the server refused; null when there is none.</summary>
    /// <exception cref="ClusterCredentialException">Getting another one failed.</exception>
    ValueTask<ClusterCredential?> RenewAsync(ClusterCredential refused, CancellationToken cancellationToken);
}

/// <summary>
/// No credential can be had for a request, which therefore wasn't sent. A failure of the connection to those who wait and try again; the message is a
/// sentence for the person who has to act.
/// </summary>
internal sealed class ClusterCredentialException(string message, Exception? innerException = null) : HttpRequestException(message, innerException);
