using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>A client certificate that is ready to be shown in a handshake, with the certificates between it and its authority.</summary>
internal sealed class ClientIdentity : IDisposable
{
    private readonly X509Certificate2Collection _chain;

    private ClientIdentity(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        _chain = chain;
        Certificate = certificate;
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    public X509Certificate2 Certificate { get; }

    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads both.</summary>
    /// <exception cref="CryptographicException">One of them isn't PEM, the key is encrypted or of an unknown kind, or they don't belong together.</exception>
    public static ClientIdentity FromPem(string certificatePem, string keyPem)
    {
        try
        {
            var chain = Pem.Certificates(certificatePem);
            var leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            if (chain.Count > 0)
            {
                chain[0].Dispose();
                chain.RemoveAt(0);
            }

            return new ClientIdentity(WithStoredKey(leaf), chain);
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException("The key doesn't belong to the certificate.", exception);
        }
    }

    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var certificate in _chain)
            certificate.Dispose();
    }

    /// <summary>Windows' TLS takes no key that lives in this process alone.</summary>
    private static X509Certificate2 WithStoredKey(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
