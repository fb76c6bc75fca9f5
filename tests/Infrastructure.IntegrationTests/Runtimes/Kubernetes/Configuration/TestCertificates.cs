using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>A certificate with its key, which can be an authority for others.</summary>
internal sealed class TestCertificate : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;

    private TestCertificate(X509Certificate2 certificate) => _certificate = certificate;

    public string Pem => _certificate.ExportCertificatePem() + "\n";

    public string KeyPem => (_certificate.GetECDsaPrivateKey() is { } ec ? ec.ExportPkcs8PrivateKeyPem() : _certificate.GetRSAPrivateKey()!.ExportRSAPrivateKeyPem()) + "\n";

    public X509Certificate2 Certificate => _certificate;

    public static TestCertificate Authority(string name = "test-ca")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return new TestCertificate(request.CreateSelfSigned(From, Until));
    }

    /// <summary>An authority that this one vouches for.</summary>
    public TestCertificate Intermediate(string name = "test-intermediate") => Sign(
        name, ECDsa.Create(ECCurve.NamedCurves.nistP256), request => request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true)));

    public TestCertificate Server(string host, bool expired = false) => Sign($"server-{host}", ECDsa.Create(ECCurve.NamedCurves.nistP256), request =>
    {
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUse)], false));
    }, expired);

    public TestCertificate Client(string name, bool rsa = false) => Sign(
        name,
        rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256),
        request => request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientUse)], false)));

    public void Dispose() => _certificate.Dispose();

    private static DateTimeOffset From => DateTimeOffset.UtcNow.AddHours(-1);

    private static DateTimeOffset Until => DateTimeOffset.UtcNow.AddHours(2);

    private TestCertificate Sign(string name, AsymmetricAlgorithm key, Action<CertificateRequest> configure, bool expired = false)
    {
        using (key)
        {
            var request = key is RSA rsa
                ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                : new CertificateRequest($"CN={name}", (ECDsa)key, HashAlgorithmName.SHA256);
            configure(request);
            var generator = X509SignatureGenerator.CreateForECDsa(_certificate.GetECDsaPrivateKey()!);
            using var signed = request.Create(_certificate.SubjectName, generator, From.AddMinutes(1), expired ? From.AddMinutes(2) : Until.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));
            return new TestCertificate(key is RSA ownRsa ? signed.CopyWithPrivateKey(ownRsa) : signed.CopyWithPrivateKey((ECDsa)key));
        }
    }
}
