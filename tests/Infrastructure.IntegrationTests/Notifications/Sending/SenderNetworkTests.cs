using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Notifications.Sending;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

/// <summary>
/// The sender is no way into the network. Each test has something that listens on this machine and must not hear of it, and a name server
/// that says of every name that it is this machine.
/// </summary>
[NonParallelizable]
public sealed class SenderNetworkTests
{
    private static readonly IPAddress[] Private =
    [
        .. new[]
        {
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
            "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
            "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        }.Select(IPAddress.Parse),
    ];

    // All of these are this machine, or a name that the name server sends there.
    private static readonly string[] WaysHere =
    [
        "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.0.0.01", "127.000.000.001", "2130706433", "0x7f000001", "0X7F000001", "0x7f.1",
        "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.0.0.01", "017700000001", "0177.0x0.1", "127.127.127.127",
        "localhost", "LOCALHOST", "localhost.", "api.localhost", "localhost.localdomain", "kubernetes.default.svc", "db.internal",
        "127.0.0.1.nip.io", "rebound.example.com", "metadata.google.internal", "xn--example-9d0b.com",
    ];

    // Others' addresses inside a network, and forms that no parser agrees on.
    private static readonly string[] WaysIn =
    [
        "0", "0.0.0.0", "10.0.0.1", "10.1", "167772161", "0xa9fea9fe", "169.254.169.254", "2852039166", "0251.0376.0251.0376", "100.100.100.200",
        "168.63.129.16", "192.168.0.1", "172.16.1.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.0.192",
        "[::]", "[::1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:f5ff:fffe]", "[2001:db8::1]", "[100::1]",
        "%31%32%37.0.0.1", "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛocalhost", "256.256.256.256", "127.0.0.1.1", "0x7f.0x0.0x0.0x0.0x1", "4294967297",
    ];

    [TestCaseSource(nameof(WaysHere))]
    [TestCaseSource(nameof(WaysIn))]
    public async Task Send_WhenTheHostIsADisguise_ConnectsToNothing(string host)
    {
        await using var trap = Receiver.Ok();
        using var bed = new SenderBed(allowPrivate: false);

        var error = Uri.TryCreate($"http://{host}:{trap.Port}/", UriKind.Absolute, out var url) ? (await bed.SendAsync(url)).Error : "Not even a URL.";

        Assert.Multiple(() =>
        {
            Assert.That(error, Is.Not.Null.And.Not.Empty);
            Assert.That(trap.Accepted, Is.Zero);
        });
    }

    [TestCaseSource(nameof(WaysHere))]
    public async Task Send_WhenPrivateAddressesAreAllowed_TheSameDisguisesLeadHere(string host)
    {
        // On all of 127.0.0.0/8: one of them is 127.127.127.127.
        await using var receiver = Receiver.Start((_, stream, token) => stream.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), token).AsTask(), IPAddress.Any);
        using var bed = new SenderBed();

        Assert.That((await bed.SendAsync(receiver.Url(host))).IsDelivered, Is.True);
    }

    [TestCase("http://user:pass@127.0.0.1:{0}/")]
    [TestCase("http://example.com@127.0.0.1:{0}/")]
    [TestCase("http://127.0.0.1:{0}@example.com/")]
    [TestCase("http://example.com:80@127.0.0.1:{0}/")]
    [TestCase("http://example.com%2f@127.0.0.1:{0}/")]
    [TestCase("http://127.0.0.1:{0}#@example.com/")]
    [TestCase("http://127.0.0.1:{0}?@example.com/")]
    [TestCase("http://127.0.0.1:{0}\\@example.com/")]
    [TestCase("http:127.0.0.1:{0}/")]
    [TestCase("http:\\\\127.0.0.1:{0}\\")]
    [TestCase("http:////127.0.0.1:{0}/")]
    [TestCase("https://127.0.0.1:{0}/")]
    [TestCase("ws://127.0.0.1:{0}/")]
    [TestCase("ftp://127.0.0.1:{0}/")]
    [TestCase("gopher://127.0.0.1:{0}/")]
    [TestCase("file://127.0.0.1:{0}/etc/passwd")]
    public async Task Send_WhenTheUrlIsADisguise_ConnectsToNothing(string url)
    {
        await using var trap = Receiver.Ok();
        using var bed = new SenderBed(allowPrivate: false);

        var error = Uri.TryCreate(url.Replace("{0}", $"{trap.Port}", StringComparison.Ordinal), UriKind.Absolute, out var parsed)
            ? (await bed.SendAsync(parsed)).Error
            : "Not even a URL.";

        Assert.Multiple(() =>
        {
            Assert.That(error, Is.Not.Null.And.Not.Empty);
            Assert.That(trap.Accepted, Is.Zero);
        });
    }

    [TestCaseSource(nameof(Private))]
    public async Task Send_WhenANameLeadsInside_SaysTheSameWhateverIsThere(IPAddress address)
    {
        using var bed = new SenderBed(allowPrivate: false, _ => [address]);

        var result = await bed.SendAsync(new Uri("https://hooks.example.com/"));

        Assert.Multiple(() =>
        {
            Assert.That(result.StatusCode, Is.Null);
            Assert.That(
                result.Error,
                Is.EqualTo("The name hooks.example.com leads to an address that isn't one of the public internet, so notifications aren't sent to it "
                    + "unless NOTIFICATION_ALLOW_PRIVATE=true on the server."));
        });
    }

    [Test]
    public async Task Send_WhenOneOfSeveralAddressesIsInside_ConnectsToNone()
    {
        await using var trap = Receiver.Ok();
        using var bed = new SenderBed(allowPrivate: false, _ => [IPAddress.Parse("3ffe::1"), IPAddress.Loopback]);

        var result = await bed.SendAsync(trap.Url("hooks.example.com"));

        Assert.Multiple(() =>
        {
            Assert.That(result.Error, Does.Contain("isn't one of the public internet"));
            Assert.That(trap.Accepted, Is.Zero);
        });
    }

    [Test]
    public async Task Send_WhenTheNameServerChangesItsAnswer_ConnectsToWhatWasChecked()
    {
        // A name server that says one thing to whoever checks and another to whoever connects.
        var second = IPAddress.Parse("127.0.0.2");
        var answers = 0;
        await using var first = Receiver.Ok();
        await using var trap = Receiver.Start((_, _, _) => Task.CompletedTask, second, first.Port);
        using var bed = new SenderBed(resolve: _ => [Interlocked.Increment(ref answers) == 1 ? IPAddress.Loopback : second]);

        var result = await bed.SendAsync(first.Url("hooks.example.com"));

        Assert.Multiple(() =>
        {
            Assert.That(result.IsDelivered, Is.True);
            Assert.That(bed.Resolver.Asked, Is.EqualTo(new[] { "hooks.example.com" }));
            Assert.That(first.Last["Host"], Is.EqualTo($"hooks.example.com:{first.Port}"));
            Assert.That(trap.Accepted, Is.Zero);
        });
    }

    [Test]
    public async Task Send_WhenANameTurnsInsideAfterATry_IsCheckedAgain()
    {
        // Of a network that was given back in 2006: nobody is there.
        var nobody = IPAddress.Parse("3ffe::1");
        var answers = 0;
        await using var trap = Receiver.Ok();
        using var bed = new SenderBed(allowPrivate: false, _ => [Interlocked.Increment(ref answers) == 1 ? nobody : IPAddress.Loopback]);
        var message = SenderBed.Message(trap.Url("hooks.example.com")) with { Timeout = TimeSpan.FromMilliseconds(500) };

        var first = await bed.SendAsync(message);
        var second = await bed.SendAsync(message with { Url = new Uri($"http://hooks.example.com.:{trap.Port}/") });

        Assert.Multiple(() =>
        {
            Assert.That(first.Error, Is.Not.Null.And.Not.Contain("public internet"));
            Assert.That(second.Error, Does.Contain("public internet"));
            Assert.That(trap.Accepted, Is.Zero);
        });
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task Send_WhenItIsRedirected_StaysWhereItIs(int status)
    {
        await using var trap = Receiver.Ok();
        await using var receiver = Receiver.Answering($"HTTP/1.1 {status} There\r\nLocation: {trap.Url()}\r\nContent-Length: 0\r\n\r\n");
        using var bed = new SenderBed();

        var result = await bed.SendAsync(receiver.Url("hooks.example.com"));

        Assert.Multiple(() =>
        {
            Assert.That(result, Has.Property("StatusCode").EqualTo(status).And.Property("IsDelivered").False);
            Assert.That(trap.Accepted, Is.Zero);
        });
    }

    [Test]
    public async Task Send_WhenAProxyIsConfigured_GoesPastIt()
    {
        string[] names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        await using var trap = Receiver.Ok();
        await using var receiver = Receiver.Ok();
        var before = names.Select(Environment.GetEnvironmentVariable).ToList();
        var proxyBefore = HttpClient.DefaultProxy;
        try
        {
            foreach (var name in names)
                Environment.SetEnvironmentVariable(name, $"http://127.0.0.1:{trap.Port}");
            HttpClient.DefaultProxy = new WebProxy(new Uri($"http://127.0.0.1:{trap.Port}"));
            using var bed = new SenderBed();

            var result = await bed.SendAsync(receiver.Url("hooks.example.com"));

            Assert.Multiple(() =>
            {
                Assert.That(result.IsDelivered, Is.True);
                Assert.That(receiver.Requests, Has.Count.EqualTo(1));
                Assert.That(trap.Accepted, Is.Zero);
            });
        }
        finally
        {
            HttpClient.DefaultProxy = proxyBefore;
            foreach (var (name, value) in names.Zip(before))
                Environment.SetEnvironmentVariable(name, value);
        }
    }

    [Test]
    public async Task Send_WhenTheCertificateIsNobodysWeKnow_SaysSo()
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.Server("hooks.example.com");
        await using var receiver = Receiver.Start((_, _, _) => Task.CompletedTask, certificate: certificate.Certificate);
        using var bed = new SenderBed();

        Assert.That((await bed.SendAsync(receiver.Url("hooks.example.com", "https"))).Error, Does.StartWith("No secure connection to hooks.example.com: its certificate"));
    }

    [TestCase("hooks.example.com", true)]
    [TestCase("other.example.com", false)]
    public async Task CreateHandler_WhenTheAuthorityIsTrusted_StillChecksTheName(string host, bool accepted)
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.Server("hooks.example.com");
        await using var receiver = Receiver.Start(
            (_, stream, token) => stream.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), token).AsTask(), certificate: certificate.Certificate);

        var sending = SendTrustingAsync(authority.Certificate, receiver.Url(host, "https"));

        if (accepted)
            Assert.That((await sending).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        else
            Assert.That(async () => await sending, Throws.TypeOf<HttpRequestException>());
    }

    [Test]
    public async Task CreateHandler_WhenACertificateNamesAnAddressToLoadFrom_LoadsNothing()
    {
        await using var trap = Receiver.Ok();
        using var authority = TestCertificate.Authority();
        using var between = authority.Intermediate();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hooks.example.com", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([], [trap.Url().AbsoluteUri]));
        using var alone = request.Create(between.Certificate, DateTimeOffset.UtcNow.AddMinutes(-30), DateTimeOffset.UtcNow.AddMinutes(30), [1, 2, 3]);
        using var certificate = alone.CopyWithPrivateKey(key);
        await using var receiver = Receiver.Start((_, _, _) => Task.CompletedTask, certificate: certificate);

        Assert.That(async () => await SendTrustingAsync(authority.Certificate, receiver.Url("hooks.example.com", "https")), Throws.TypeOf<HttpRequestException>());

        Assert.That(trap.Accepted, Is.Zero);
    }

    [Test]
    public async Task SystemNameResolver_WhenManyAskAtOnce_AnswersEachAndSaysWhatIsUnknown()
    {
        var resolver = new SystemNameResolver();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => resolver.ResolveAsync("localhost", CancellationToken.None)));

        Assert.Multiple(() =>
        {
            Assert.That(answers, Has.All.Not.Empty);
            Assert.That(answers.SelectMany(answer => answer), Has.All.Matches<IPAddress>(IPAddress.IsLoopback));
            Assert.That(async () => await resolver.ResolveAsync("not a name", CancellationToken.None), Throws.InstanceOf<SocketException>());
        });
    }

    private static async Task<HttpResponseMessage> SendTrustingAsync(X509Certificate2 authority, Uri url)
    {
        var handler = NotificationHttp.CreateHandler(new PublicConnector(new FakeResolver(_ => [IPAddress.Loopback]), new NotificationSenderOptions(AllowPrivate: true)));
        var policy = handler.SslOptions.CertificateChainPolicy!;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(authority);
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent([]) };
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        return await client.SendAsync(request, deadline.Token);
    }
}
