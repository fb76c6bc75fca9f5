using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>How the two sides of a connection are recognised.</summary>
internal static class ClusterTls
{
    public static SslClientAuthenticationOptions Options(ClusterConnection connection, ClientIdentity? identity)
    {
        var options = new SslClientAuthenticationOptions { ClientCertificateContext = identity?.Context };
        if (connection.SkipTlsVerify)
        {
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }
        else if (connection.CertificateAuthority is { } pem)
        {
            var anchors = Pem.Certificates(pem);
            options.CertificateChainPolicy = Policy(anchors);
            options.RemoteCertificateValidationCallback = (_, _, chain, errors) => IsTrusted(anchors, chain, errors) ? true : throw Distrust(chain, errors);
        }

        return options;
    }

    /// <summary>No authority but the cluster's own; clusters have no revocation lists.</summary>
    private static X509ChainPolicy Policy(X509Certificate2Collection anchors)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(anchors);
        return policy;
    }

    /// <summary>What .NET says by itself where nobody else has a say: a mere refusal would hide what is wrong with the certificate.</summary>
    private static AuthenticationException Distrust(X509Chain? chain, SslPolicyErrors errors) => new(
        $"The remote certificate is invalid: {errors}. {string.Join(", ", chain?.ChainStatus.Select(status => status.Status) ?? [])}");

    /// <summary>
    /// Trusts what .NET trusts, and a chain that is faultless as far as it goes and ends at one of the configured certificates, which .NET takes
    /// only when that one is a root. kubeconfigs also name intermediate authorities, and kubectl takes them.
    /// </summary>
    private static bool IsTrusted(X509Certificate2Collection anchors, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors)
            return errors == SslPolicyErrors.None;
        if (chain is not { ChainElements.Count: > 1, ChainStatus: [{ Status: X509ChainStatusFlags.PartialChain }] })
            return false;

        var last = chain.ChainElements[^1].Certificate.RawDataMemory;
        return anchors.Any(anchor => anchor.RawDataMemory.Span.SequenceEqual(last.Span));
    }
}
