using System.Net;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api;

internal sealed class FaultsTests
{
    private const string What = "make the Deployment";

    [TestCase(400, "BadRequest")]
    [TestCase(403, "Forbidden")]
    [TestCase(405, "MethodNotAllowed")]
    [TestCase(413, "RequestEntityTooLarge")]
    [TestCase(415, "UnsupportedMediaType")]
    [TestCase(422, "Invalid")]
    public void Translate_WhenTheAnswerIsNo_Refuses(int code, string reason)
    {
        var refusal = Translate<RuntimeRefusedException>(Answer(code, reason, "that is wrong"));

        Assert.That(refusal.Reason, Is.EqualTo(reason));
        Assert.That(refusal.Message, Does.Contain(What).And.Contain("that is wrong"));
    }

    [TestCase(408)]
    [TestCase(409)]
    [TestCase(410)]
    [TestCase(429)]
    [TestCase(500)]
    [TestCase(503)]
    [TestCase(504)]
    public void Translate_WhenTheAnswerIsNotNow_IsUnavailableWithTheTimeToWait(int code)
    {
        var unavailable = Translate<RuntimeUnavailableException>(Answer(code, "Word", "later"));

        Assert.That((unavailable.Reason, unavailable.RetryAfter), Is.EqualTo(("Word", TimeSpan.FromSeconds(3))));
        Assert.That(unavailable.Message, Does.Contain(What));
        Assert.That(unavailable.InnerException, Is.InstanceOf<KubernetesApiException>());
    }

    [Test]
    public void Translate_WhenARightIsMissing_SaysWhoCanGiveIt()
    {
        var refusal = Translate<RuntimeRefusedException>(Answer(
            403, "Forbidden", "deployments.apps \"a\" is forbidden: User \"sa\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"b\""));

        Assert.That(refusal.Message, Does.Contain("deploy/base/rbac.yaml").And.Contain("cannot patch resource"));
    }

    [Test]
    public void Translate_WhenTheQuotaIsUsedUp_SaysSo()
    {
        var refusal = Translate<RuntimeRefusedException>(Answer(
            403, "Forbidden", "services \"a\" is forbidden: exceeded quota: stack, requested: services=1, used: services=2, limited: services=2"));

        Assert.That(refusal.Reason, Is.EqualTo("ExceededQuota"));
        Assert.That(refusal.Message, Does.Contain("quota").And.Not.Contain("rbac"));
    }

    [Test]
    public void Translate_WhenTheNamespaceIsGoing_IsUnavailable()
    {
        var unavailable = Translate<RuntimeUnavailableException>(
            new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "it is being terminated", "NamespaceTerminating", null) { ResourceKind = "services" });

        Assert.That(unavailable.Reason, Is.EqualTo("NamespaceTerminating"));
    }

    [Test]
    public void Translate_WhenTheNamespaceIsGone_IsUnavailableAndWhenTheKindIsUnknownRefuses()
    {
        Translate<RuntimeUnavailableException>(Answer(404, "NotFound", "namespaces \"a\" not found", "namespaces"));
        Translate<RuntimeRefusedException>(Answer(404, "NotFound", "the server could not find the requested resource", kind: null));
    }

    [Test]
    public void Translate_WhenCredentialsAreRefusedOrMissing_SaysSo()
    {
        Assert.That(Translate<RuntimeUnavailableException>(Answer(401, "Unauthorized", "Unauthorized")).Reason, Is.EqualTo("ClusterCredentialsRefused"));

        var missing = Translate<RuntimeUnavailableException>(KubernetesConnectionException.From(new ClusterCredentialException("The token file is empty.")));
        Assert.That((missing.Reason, missing.Message), Is.EqualTo(("ClusterCredentialsRefused", $"StackAgent couldn't {What}. The token file is empty.")));
    }

    [Test]
    public void Translate_WhenItIsSomethingElse_LeavesItAlone()
    {
        var bug = new InvalidOperationException("a bug");
        var refusal = new RuntimeRefusedException("Reason", "known");

        Assert.That(Faults.Translate(bug, What), Is.SameAs(bug));
        Assert.That(Faults.Translate(refusal, What), Is.SameAs(refusal));
    }

    [Test]
    public void Translate_WhenTheHostIsNotKnownOrTheAnswerLate_SaysThat()
    {
        Assert.That(
            Translate<RuntimeUnavailableException>(new HttpRequestException(HttpRequestError.NameResolutionError, "x")).Message, Does.Contain("resolved"));
        Assert.That(Translate<RuntimeUnavailableException>(new TimeoutException()).Message, Does.Contain("in time"));
    }

    [TestCase("kubernetes.example.com", false, "another host name")]
    [TestCase("127.0.0.1", true, "expired")]
    public async Task Translate_WhenTheCertificateIsWrong_SaysWhatIsWrongWithIt(string host, bool expired, string expected)
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.Server(host, expired);

        var unavailable = await ConnectAsync(certificate, authority);

        Assert.That(unavailable!.Reason, Is.EqualTo("ClusterUntrusted"));
        Assert.That(unavailable.Message, Does.Contain(expected));
    }

    [Test]
    public async Task Translate_WhenTheCertificateIsFromAnotherAuthority_SaysThat()
    {
        using var authority = TestCertificate.Authority();
        using var other = TestCertificate.Authority();
        using var certificate = authority.Server("127.0.0.1");

        var unavailable = await ConnectAsync(certificate, other);

        Assert.That(unavailable!.Reason, Is.EqualTo("ClusterUntrusted"));
        Assert.That(unavailable.Message, Does.Contain("signed"));
        Assert.That(await ConnectAsync(certificate, authority), Is.Null);
    }

    /// <summary>Null when there is nothing wrong.</summary>
    private static async Task<RuntimeUnavailableException?> ConnectAsync(TestCertificate certificate, TestCertificate authority)
    {
        await using var server = await FakeApiServer.StartAsync(certificate.Certificate);
        using var http = new KubernetesHttp(
            new ClusterConnection { Server = server.Address, CertificateAuthority = authority.Pem }, TimeProvider.System);
        try
        {
            await new KubernetesClient(http.Client, TimeProvider.System).GetAsync<Deployment>("a", "b", CancellationToken.None);
            return null;
        }
        catch (KubernetesConnectionException exception)
        {
            return Translate<RuntimeUnavailableException>(exception);
        }
    }

    private static KubernetesApiException Answer(int code, string reason, string message, string? kind = "deployments") =>
        new((HttpStatusCode)code, reason, message, cause: null, TimeSpan.FromSeconds(3)) { ResourceKind = kind };

    private static T Translate<T>(Exception exception)
        where T : Exception
    {
        var translated = Faults.Translate(exception, What);
        Assert.That(translated, Is.InstanceOf<T>());
        return (T)translated;
    }
}
