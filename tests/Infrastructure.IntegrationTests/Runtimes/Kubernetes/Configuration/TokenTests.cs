using System.Net;
using Microsoft.AspNetCore.Http;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>Credentials that change while the server runs.</summary>
internal sealed class TokenTests
{
    private TestCertificate _authority;
    private TestCertificate _certificate;
    private ClusterServer _server;
    private TemporaryFolder _folder;
    private ManualTimeProvider _time;
    private string _accepted = "one";

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _authority = TestCertificate.Authority();
        _certificate = _authority.Server("127.0.0.1");
        _server = await ClusterServer.StartAsync(_certificate);
        _server.Answer = (context, request) =>
        {
            context.Response.StatusCode = request.Authorization == $"Bearer {_accepted}" ? 200 : 401;
            return context.Response.WriteAsync(request.Body);
        };
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
        _authority.Dispose();
    }

    [SetUp]
    public void CreateFolder()
    {
        _folder = new TemporaryFolder();
        _time = new ManualTimeProvider();
        _accepted = "one";
        _server.Requests.Clear();
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Send_WhenTheTokenIsFixed_SendsItAndDoesNotRepeatRefusals()
    {
        using var http = Http(new TokenCredentials("one"));
        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.OK));
        _accepted = "two";

        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(_server.Requests, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Send_WhenThereIsAPassword_SendsBasic()
    {
        using var http = Http(new BasicCredentials("ada", "pässword"));
        await StatusAsync(http);

        Assert.That(_server.Last.Authorization, Is.EqualTo("Basic YWRhOnDDpHNzd29yZA=="));
    }

    [Test]
    public async Task Send_WhenTheTokenFileIsRotated_UsesItAfterAMinute()
    {
        using var http = TokenFile("one\n");
        await StatusAsync(http);
        await File.WriteAllTextAsync(_folder["token"], "two");
        await StatusAsync(http);
        _time.Advance(TimeSpan.FromMinutes(1));
        await StatusAsync(http);

        Assert.That(_server.Requests.Select(request => request.Authorization), Is.EqualTo(new[] { "Bearer one", "Bearer one", "Bearer two" }));
    }

    [Test]
    public async Task Send_WhenTheTokenIsRefused_ReadsTheFileAndSendsTheSameBodyOnceMore()
    {
        using var http = TokenFile("one");
        await StatusAsync(http);
        _accepted = "two";
        await File.WriteAllTextAsync(_folder["token"], "two");

        // A stream that can be read once only.
        using var body = new StreamContent(new OnceStream("the body"u8.ToArray()));
        using var answer = await http.Client.PostAsync("objects", body);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("the body"));
        Assert.That(_server.Requests.Select(request => request.Authorization), Is.EqualTo(new[] { "Bearer one", "Bearer one", "Bearer two" }));
    }

    [Test]
    public async Task Send_WhenTheTokenIsRefusedAndTheFileIsTheSame_Answers401()
    {
        using var http = TokenFile("other");

        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(_server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Send_WhenTheFileIsGoneForAWhile_KeepsTheLastToken()
    {
        using var http = TokenFile("one");
        await StatusAsync(http);
        File.Delete(_folder["token"]);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.OK));
        await File.WriteAllTextAsync(_folder["token"], "");
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public void Send_WhenThereNeverWasAToken_SaysWhatIsMissing()
    {
        using var http = Http(new TokenFileCredentials(_folder["none"]));

        Assert.That(async () => await StatusAsync(http), Throws.InstanceOf<HttpRequestException>().With.Message.Contains(_folder["none"]));
        Assert.That(_server.Requests, Is.Empty);
    }

    [Test]
    public async Task Send_WhenManyAreRefusedAtOnce_AllGetTheNewToken()
    {
        using var http = TokenFile("one");
        await StatusAsync(http);
        _accepted = "two";
        await File.WriteAllTextAsync(_folder["token"], "two");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => StatusAsync(http)));

        Assert.That(answers, Has.All.EqualTo(HttpStatusCode.OK));
    }

    private static async Task<HttpStatusCode> StatusAsync(KubernetesHttp http)
    {
        using var answer = await http.Client.GetAsync("version");
        return answer.StatusCode;
    }

    private KubernetesHttp TokenFile(string token)
    {
        File.WriteAllText(_folder["token"], token);
        return Http(new TokenFileCredentials(_folder["token"]));
    }

    private KubernetesHttp Http(ClusterCredentials credentials) => new(_server.Connection(_authority) with { Credentials = credentials }, _time);

    private sealed class OnceStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
