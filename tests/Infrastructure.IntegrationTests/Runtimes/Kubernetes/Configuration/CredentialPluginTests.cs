using System.Net;
using System.Text.Json;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>Credentials that a program prints: a shell script that notes each run and prints what the test has put beside it.</summary>
[NonParallelizable]
internal sealed class CredentialPluginTests
{
    private const string Script = """
        echo run >> runs
        printf '%s' "$KUBERNETES_EXEC_INFO" > info
        printf '%s' "$1 $GREETING $SECRET_KEY" > told
        cat answer
        """;

    private TestCertificate _authority;
    private TestCertificate _certificate;
    private ClusterServer _server;
    private TemporaryFolder _folder;
    private ManualTimeProvider _time;
    private HashSet<string> _accepted;

    private int Runs => File.Exists(_folder["runs"]) ? File.ReadAllLines(_folder["runs"]).Length : 0;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _authority = TestCertificate.Authority();
        _certificate = _authority.Server("127.0.0.1");
        _server = await ClusterServer.StartAsync(_certificate);
        _server.Answer = (context, request) =>
        {
            context.Response.StatusCode = _accepted.Contains(request.Authorization) || _accepted.Contains(request.ClientCertificate ?? "") ? 200 : 401;
            return Task.CompletedTask;
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
        _accepted = new HashSet<string>(StringComparer.Ordinal) { "Bearer one", "Bearer two" };
        _server.Requests.Clear();
    }

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Send_WhenTheCredentialIsFresh_RunsThePluginOnce()
    {
        using var http = Http(Script, "one");

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StatusAsync(http)));

        Assert.That(answers, Has.All.EqualTo(HttpStatusCode.OK));
        Assert.That(Runs, Is.EqualTo(1));
    }

    [Test]
    public async Task Send_WhenTheCredentialExpires_RenewsItAMinuteBefore()
    {
        using var http = Http(Script, "one", _time.GetUtcNow().AddMinutes(10));
        await StatusAsync(http);
        Print("two", _time.GetUtcNow().AddMinutes(20));
        _time.Advance(TimeSpan.FromMinutes(8.9));
        await StatusAsync(http);
        _time.Advance(TimeSpan.FromMinutes(0.2));
        await StatusAsync(http);

        Assert.That(_server.Requests.Select(request => request.Authorization), Is.EqualTo(new[] { "Bearer one", "Bearer one", "Bearer two" }));
        Assert.That(Runs, Is.EqualTo(2));
    }

    [Test]
    public async Task Send_WhenTheCredentialIsRefused_RenewsItAndSendsOnceMore()
    {
        using var http = Http(Script, "one", _time.GetUtcNow().AddHours(1));
        await StatusAsync(http);
        _accepted.Remove("Bearer one");
        Print("two");

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StatusAsync(http)));

        Assert.That(answers, Has.All.EqualTo(HttpStatusCode.OK));
        Assert.That(Runs, Is.EqualTo(2), "one renewal for all");
    }

    [Test]
    public async Task Send_WhenTheRenewedCredentialIsRefusedToo_Answers401()
    {
        using var http = Http(Script, "three");

        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(_server.Requests, Has.Count.EqualTo(2));
    }

    [TestCase(CredentialPlugin.V1, true)]
    [TestCase(CredentialPlugin.V1Beta1, false)]
    public async Task Send_WhenThePluginIsRun_TellsItWhatItNeeds(string version, bool withCluster)
    {
        Print("one", version: version);
        using var http = Http(Plugin(Script) with { ApiVersion = version, ProvideClusterInfo = withCluster });
        Environment.SetEnvironmentVariable("SECRET_KEY", "the-servers-own");
        try
        {
            await StatusAsync(http);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SECRET_KEY", null);
        }

        var info = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(_folder["info"]));
        var spec = info.GetProperty("spec");
        Assert.Multiple(() =>
        {
            Assert.That(info.GetProperty("apiVersion").GetString(), Is.EqualTo(version));
            Assert.That(info.GetProperty("kind").GetString(), Is.EqualTo("ExecCredential"));
            Assert.That(info.TryGetProperty("status", out _), Is.False);
            Assert.That(spec.GetProperty("interactive").GetBoolean(), Is.False);
            Assert.That(spec.TryGetProperty("cluster", out _), Is.EqualTo(withCluster));
            if (withCluster)
            {
                Assert.That(spec.GetProperty("cluster").GetProperty("server").GetString(), Is.EqualTo(_server.Address.AbsoluteUri.TrimEnd('/')));
                Assert.That(spec.GetProperty("cluster").GetProperty("certificate-authority-data").GetBytesFromBase64(), Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(_authority.Pem)));
            }

            Assert.That(File.ReadAllText(_folder["told"]), Is.EqualTo("argument hello "), "its argument and variable, and none of the server's secrets");
        });
    }

    [Test]
    public async Task Send_WhenThePluginGivesACertificate_ShowsItAndRenewsIt()
    {
        using var first = _authority.Client("first");
        using var second = _authority.Client("second", rsa: true);
        _accepted = ["first"];
        Print(new { clientCertificateData = first.Pem, clientKeyData = first.KeyPem });
        using var http = Http(Plugin(Script));
        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.OK));

        _accepted = ["second"];
        Print(new { clientCertificateData = second.Pem, clientKeyData = second.KeyPem });

        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_server.Requests.Select(request => request.ClientCertificate), Is.EqualTo(new[] { "first", "first", "second" }));
    }

    [TestCase("echo hunter2; echo 'log in\nfirst.' >&2; exit 3", "ended with exit code 3: log in first.")]
    [TestCase("exit 1", "ended with exit code 1.")]
    [TestCase("echo hunter2", "didn't print an ExecCredential in JSON.")]
    [TestCase("true", "didn't print an ExecCredential in JSON.")]
    [TestCase("echo '{\"kind\": \"Pod\", \"token\": \"hunter2\"}'", "didn't print an ExecCredential in JSON.")]
    [TestCase("echo '{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1beta1\"}'", "printed an ExecCredential of another version than client.authentication.k8s.io/v1, which it was asked for.")]
    [TestCase("print", "printed an ExecCredential without a status.")]
    [TestCase("print '\"status\": {}'", "printed an ExecCredential with neither a token nor a client certificate.")]
    [TestCase("print '\"status\": {\"token\": \"hunter2 hunter2\"}'", "printed a token with characters that no token has.")]
    [TestCase("print '\"status\": {\"clientKeyData\": \"hunter2\"}'", "printed a client key without a client certificate.")]
    [TestCase("print '\"status\": {\"clientCertificateData\": \"hunter2\"}'", "printed a client certificate without a client key.")]
    [TestCase("print '\"status\": {\"clientCertificateData\": \"hunter2\", \"clientKeyData\": \"hunter2\"}'", "printed a client certificate and key that can't be used.")]
    [TestCase("head -c 2000000 /dev/zero; sleep 60", "printed more than 1048576 bytes.")]
    public void Send_WhenThePluginFails_SaysHowWithoutRepeatingItsOutput(string script, string end)
    {
        const string Print = """
            print() { echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1"'${1:+,}"$1}"; }

            """;
        using var http = Http(Plugin(Print + script));

        var exception = Assert.ThrowsAsync<ClusterCredentialException>(() => StatusAsync(http));

        Assert.That(exception?.Message, Is.EqualTo($"KUBECONFIG (/k): user \"u\" gets its credentials from sh, which {end}"));
        Assert.That(exception?.ToString(), Does.Not.Contain("hunter2"));
        Assert.That(_server.Requests, Is.Empty);
    }

    [Test]
    public void Send_WhenThePluginTalksMuch_ShowsTheBeginning()
    {
        using var http = Http(Plugin("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1"));

        Assert.That(() => StatusAsync(http), Throws.InstanceOf<HttpRequestException>().With.Message.Matches("exit code 1: x{300}…\\.$"));
    }

    [Test]
    public void Send_WhenThePluginIsMissing_SaysHowToGetIt()
    {
        using var http = Http(Plugin("") with { Command = _folder["missing"], InstallHint = "get it\nfrom there" });

        Assert.That(() => StatusAsync(http), Throws.InstanceOf<HttpRequestException>().With.Message.EndsWith("missing, which can't be started; is it installed?: get it from there"));
    }

    [Test]
    public async Task Send_WhenThePluginHangs_EndsIt()
    {
        using var http = Http(Plugin("echo $$ > process; exec sleep 600"));
        var sending = StatusAsync(http);
        await Eventually.TrueAsync(() => File.Exists(_folder["process"]) && File.ReadAllText(_folder["process"]).EndsWith('\n'), "the plugin to start");

        _time.Advance(PluginProcess.RunTimeout);

        Assert.That(async () => await sending, Throws.InstanceOf<HttpRequestException>().With.Message.EndsWith("didn't end within 30 s."));
        var process = (await File.ReadAllTextAsync(_folder["process"])).Trim();
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{process}"), "the plugin to end");
    }

    [Test]
    public async Task Send_WhenThePluginHasJustFailed_WaitsBeforeItIsRunAgain()
    {
        using var http = Http(Plugin($"{Script}\nexit 1"));
        Print("one");
        for (var i = 0; i < 5; i++)
            Assert.ThrowsAsync<ClusterCredentialException>(() => StatusAsync(http));
        Assert.That(Runs, Is.EqualTo(1));

        _time.Advance(TimeSpan.FromSeconds(5));
        await File.WriteAllTextAsync(_folder["plugin"], Script);

        Assert.That(await StatusAsync(http), Is.EqualTo(HttpStatusCode.OK));
    }

    private static async Task<HttpStatusCode> StatusAsync(KubernetesHttp http)
    {
        using var answer = await http.Client.GetAsync("version");
        return answer.StatusCode;
    }

    private PluginCredentials Plugin(string script)
    {
        File.WriteAllText(_folder["plugin"], script);
        return new PluginCredentials(
            CredentialPlugin.V1,
            "sh",
            ["-c", "cd \"$0\" && . ./plugin", _folder.Path, "argument"],
            [KeyValuePair.Create("GREETING", "hello")],
            ProvideClusterInfo: false,
            InstallHint: null,
            "KUBECONFIG (/k): user \"u\"");
    }

    private KubernetesHttp Http(string script, string token, DateTimeOffset? expires = null)
    {
        Print(token, expires);
        return Http(Plugin(script));
    }

    private KubernetesHttp Http(PluginCredentials plugin) => new(_server.Connection(_authority) with { Credentials = plugin }, _time);

    private void Print(string token, DateTimeOffset? expires = null, string version = CredentialPlugin.V1) =>
        Print(new { token, expirationTimestamp = expires }, version);

    private void Print(object status, string version = CredentialPlugin.V1) =>
        File.WriteAllText(_folder["answer"], JsonSerializer.Serialize(new { apiVersion = version, kind = "ExecCredential", status }));
}
