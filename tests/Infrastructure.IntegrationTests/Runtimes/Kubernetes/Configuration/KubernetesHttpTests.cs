using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>Who is believed to be the cluster, and what it is shown, over real TLS.</summary>
internal sealed class KubernetesHttpTests
{
    private TestCertificate _authority;
    private TestCertificate _certificate;
    private TemporaryFolder _folder;

    [OneTimeSetUp]
    public void CreateCertificates()
    {
        _authority = TestCertificate.Authority();
        _certificate = _authority.Server("127.0.0.1");
    }

    [OneTimeTearDown]
    public void DisposeCertificates()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Send_WhenTheCertificateIsRight_AnswersOverHttp2()
    {
        await using var server = await ClusterServer.StartAsync(_certificate);
        using var http = Http(server.Connection(_authority));

        Assert.That(await http.Client.GetStringAsync("version"), Is.EqualTo("ok"));
        using var byHand = new HttpRequestMessage(HttpMethod.Get, "version");
        using var answer = await http.Client.SendAsync(byHand);

        Assert.That(server.Requests.Select(request => request.Protocol), Is.EqualTo(new[] { "HTTP/2", "HTTP/2" }));
        Assert.That(server.Last, Is.EqualTo(new SeenRequest("/version", "HTTP/2", "", server.Address.Authority, "", null, "", "", "")));
    }

    [Test]
    public async Task OpenLog_Always_TakesAConnectionOfItsOwn()
    {
        await using var server = await ClusterServer.StartAsync(_certificate);
        using var http = Http(server.Connection(_authority));
        var client = new KubernetesClient(http.Client, TimeProvider.System);

        using var log = await client.OpenLogAsync(new LogRequest("ns", "pod", "agent") { Follow = true }, CancellationToken.None);

        Assert.That(server.Last.Protocol, Is.EqualTo("HTTP/1.1"), "a slow reader must hold up no watch, and nothing waits in this process");
    }

    [Test]
    public async Task Send_WhenTheClusterIsServedBelowAPath_StaysBelowIt()
    {
        await using var server = await ClusterServer.StartAsync(_certificate);
        using var http = Http(server.Connection(_authority) with { Server = new Uri(server.Address, "k8s/clusters/c-1/") });

        await http.Client.GetStringAsync("api/v1/pods");

        Assert.That(server.Last.Path, Is.EqualTo("/k8s/clusters/c-1/api/v1/pods"));
    }

    [Test]
    public async Task Send_WhenAnotherAuthoritySignedTheCertificate_Refuses()
    {
        using var other = TestCertificate.Authority();
        await using var server = await ClusterServer.StartAsync(_certificate);

        await RefusesAsync(server, server.Connection(other));
        await RefusesAsync(server, server.Connection(_authority) with { CertificateAuthority = null });
    }

    [Test]
    public async Task Send_WhenOneOfSeveralAuthoritiesSignedTheCertificate_Accepts()
    {
        using var other = TestCertificate.Authority("other");
        await using var server = await ClusterServer.StartAsync(_certificate);

        await AcceptsAsync(server, server.Connection(_authority) with { CertificateAuthority = other.Pem + _authority.Pem });
    }

    [Test]
    public async Task Send_WhenTheCertificateIsForAnotherHost_Refuses()
    {
        using var certificate = _authority.Server("other.example.com");
        await using var server = await ClusterServer.StartAsync(certificate);

        await RefusesAsync(server, server.Connection(_authority));
    }

    [Test]
    public async Task Send_WhenVerificationIsSkipped_AcceptsAnything()
    {
        using var certificate = _authority.Server("other.example.com");
        await using var server = await ClusterServer.StartAsync(certificate);

        await AcceptsAsync(server, server.Connection(_authority) with { CertificateAuthority = null, SkipTlsVerify = true });
    }

    [Test]
    public async Task Send_WhenATlsServerNameIsGiven_AsksForItAndChecksIt()
    {
        using var certificate = _authority.Server("api.cluster.example");
        await using var server = await ClusterServer.StartAsync(certificate);

        await AcceptsAsync(server, server.Connection(_authority) with { TlsServerName = "api.cluster.example" });
        Assert.That(server.Last.ServerName, Is.EqualTo("api.cluster.example"));
        await RefusesAsync(server, server.Connection(_authority) with { TlsServerName = "api.other.example" });
        await using var plain = await ClusterServer.StartAsync(_certificate);
        await RefusesAsync(plain, plain.Connection(_authority) with { TlsServerName = "api.cluster.example" });
    }

    [Test]
    public async Task Send_WhenTheAuthorityIsAnIntermediateOne_TrustsWhatItSigned()
    {
        using var intermediate = _authority.Intermediate();
        using var lookalike = _authority.Intermediate();
        using var certificate = intermediate.Server("127.0.0.1");
        using var forged = lookalike.Server("127.0.0.1");
        using var sibling = _authority.Intermediate("sibling");
        using var siblings = sibling.Server("127.0.0.1");
        await using var server = await ClusterServer.StartAsync(certificate);
        await using var impostor = await ClusterServer.StartAsync(forged, intermediate);
        await using var chained = await ClusterServer.StartAsync(forged, lookalike);
        await using var related = await ClusterServer.StartAsync(siblings, sibling);

        await AcceptsAsync(server, server.Connection(intermediate));
        await RefusesAsync(impostor, impostor.Connection(intermediate));
        await RefusesAsync(chained, chained.Connection(intermediate));
        await RefusesAsync(related, related.Connection(intermediate));
        await AcceptsAsync(chained, chained.Connection(_authority));
    }

    [TestCase(false, false)]
    [TestCase(false, true)]
    [TestCase(true, false)]
    [TestCase(true, true)]
    public async Task Send_WhenThereIsAClientCertificate_ShowsIt(bool rsa, bool files)
    {
        using var client = _authority.Client("ada", rsa);
        await using var server = await ClusterServer.StartAsync(_certificate);

        await AcceptsAsync(server, server.Connection(_authority) with { ClientCertificate = files ? Write(client) : Source(client) });

        Assert.That(server.Last.ClientCertificate, Is.EqualTo("ada"));
    }

    [Test]
    public async Task Send_WhenTheClientCertificatesFilesChange_ShowsTheNewOneAndLeavesStreamsAlone()
    {
        using var first = _authority.Client("first");
        using var second = _authority.Client("second");
        await using var server = await ClusterServer.StartAsync(_certificate);
        var goOn = new TaskCompletionSource();
        server.Answer = async (context, request) =>
        {
            await context.Response.WriteAsync("begin ");
            await context.Response.Body.FlushAsync();
            if (request.Path == "/watch")
                await goOn.Task;
            await context.Response.WriteAsync("end");
        };
        var time = new ManualTimeProvider();
        using var http = Http(server.Connection(_authority) with { ClientCertificate = Write(first) }, time);
        using var watch = await http.Client.GetAsync("watch", HttpCompletionOption.ResponseHeadersRead);

        Write(second);
        await http.Client.GetStringAsync("before");
        time.Advance(FileCredentials.MaxAge);
        await http.Client.GetStringAsync("after");
        goOn.SetResult();

        Assert.That(await watch.Content.ReadAsStringAsync(), Is.EqualTo("begin end"));
        Assert.That(server.Requests.Select(request => request.ClientCertificate), Is.EqualTo(new[] { "first", "first", "second" }));
    }

    [Test]
    public async Task Send_WhenTheClientCertificatesFilesAreHalfReplaced_KeepsTheOldOne()
    {
        using var first = _authority.Client("first");
        using var second = _authority.Client("second");
        await using var server = await ClusterServer.StartAsync(_certificate);
        var time = new ManualTimeProvider();
        using var http = Http(server.Connection(_authority) with { ClientCertificate = Write(first) }, time);
        await http.Client.GetStringAsync("version");

        await File.WriteAllTextAsync(_folder["client.pem"], second.Pem);
        time.Advance(FileCredentials.MaxAge);
        await http.Client.GetStringAsync("version");

        Assert.That(server.Last.ClientCertificate, Is.EqualTo("first"));
    }

    [Test]
    public async Task Send_WhenAProxyIsNamed_GoesThroughIt()
    {
        await using var server = await ClusterServer.StartAsync(_certificate);
        await using var proxy = new TunnelProxy();

        await AcceptsAsync(server, server.Connection(_authority) with { Proxy = new Uri($"http://ada:p%40ss@127.0.0.1:{proxy.Port}") });

        Assert.That(proxy.Requests, Has.Some.StartsWith($"CONNECT {server.Address.Authority} "));
    }

    [Test]
    public async Task Send_WhenTheServerRedirects_DoesNotFollow()
    {
        await using var server = await ClusterServer.StartAsync(_certificate);
        server.Answer = (context, _) =>
        {
            context.Response.Redirect("https://elsewhere.example/");
            return Task.CompletedTask;
        };
        using var http = Http(server.Connection(_authority) with { Credentials = new TokenCredentials("t") });

        using var answer = await http.Client.GetAsync("version");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
    }

    [Test]
    public async Task Send_WhenItImpersonates_SaysWhom()
    {
        await using var server = await ClusterServer.StartAsync(_certificate);

        await AcceptsAsync(server, server.Connection(_authority) with { Impersonation = new Impersonation("system:serviceaccount:a:b", "7", "g") });

        Assert.That((server.Last.ImpersonatedUser, server.Last.ImpersonatedGroup), Is.EqualTo(("system:serviceaccount:a:b", "g")));
    }

    private static KubernetesHttp Http(ClusterConnection connection, TimeProvider? time = null) => new(connection, time ?? new ManualTimeProvider());

    private static ClientCertificateSource Source(TestCertificate certificate) => new(new PemSource(certificate.Pem, null), new PemSource(certificate.KeyPem, null));

    private static async Task AcceptsAsync(ClusterServer server, ClusterConnection connection)
    {
        var before = server.Requests.Count;
        using var http = Http(connection);

        Assert.That(await http.Client.GetStringAsync("version"), Is.EqualTo("ok"));
        Assert.That(server.Requests, Has.Count.EqualTo(before + 1));
    }

    private static async Task RefusesAsync(ClusterServer server, ClusterConnection connection)
    {
        var before = server.Requests.Count;
        using var http = Http(connection);

        var exception = Assert.ThrowsAsync<HttpRequestException>(() => http.Client.GetStringAsync("version"));
        Assert.That(exception?.InnerException, Is.InstanceOf<AuthenticationException>());
        Assert.That(exception?.HttpRequestError, Is.EqualTo(HttpRequestError.SecureConnectionError));
        Assert.That(server.Requests, Has.Count.EqualTo(before), "nothing was sent to a stranger");
        await Task.CompletedTask;
    }

    private ClientCertificateSource Write(TestCertificate certificate)
    {
        File.WriteAllText(_folder["client.pem"], certificate.Pem);
        File.WriteAllText(_folder["client.key"], certificate.KeyPem);
        return new ClientCertificateSource(new PemSource(null, _folder["client.pem"]), new PemSource(null, _folder["client.key"]));
    }
}
