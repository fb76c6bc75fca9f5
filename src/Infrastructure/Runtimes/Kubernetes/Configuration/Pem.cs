using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>Certificates from their text form.</summary>
internal static class Pem
{
    /// <summary>All certificates of the text, which may hold other things too.</summary>
    /// <exception cref="CryptographicException">One of them is damaged.</exception>
    public static X509Certificate2Collection Certificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates;
    }

    /// <summary>The text itself, once it is known to hold a certificate.</summary>
    /// <exception cref="KubeConfigException">It holds none; the sentence begins with the label.</exception>
    public static string CheckAuthority(string pem, string label)
    {
        try
        {
            if (Certificates(pem).Count > 0)
                return pem;
        }
        catch (CryptographicException exception)
        {
            throw new KubeConfigException($"{label} holds a certificate that can't be read; it has to be PEM.", exception);
        }

        throw new KubeConfigException($"{label} holds no certificate; it has to be PEM, which begins with -----BEGIN CERTIFICATE-----.");
    }
}
