using System.Text;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>What one context's cluster and user become.</summary>
internal sealed class ConnectionBuilderTests
{
    private TestCertificate _authority;
    private TestCertificate _client;

    [OneTimeSetUp]
    public void CreateCertificates()
    {
        _authority = TestCertificate.Authority();
        _client = _authority.Client("ada");
    }

    [OneTimeTearDown]
    public void DisposeCertificates()
    {
        _client.Dispose();
        _authority.Dispose();
    }

    [Test]
    public void Load_WhenTheClusterSaysEverything_TakesIt()
    {
        var connection = Load(
            $"certificate-authority-data: {Base64(_authority.Pem + _authority.Pem)}, certificate-authority: /none, tls-server-name: api.example.com, proxy-url: 'socks5://u:hunter2@proxy:1080', disable-compression: true",
            "",
            "namespace: agents");

        Assert.Multiple(() =>
        {
            Assert.That(connection.CertificateAuthority, Is.EqualTo(_authority.Pem + _authority.Pem));
            Assert.That(connection.TlsServerName, Is.EqualTo("api.example.com"));
            Assert.That(connection.Proxy, Is.EqualTo(new Uri("socks5://u:hunter2@proxy:1080")));
            Assert.That(connection.Namespace, Is.EqualTo("agents"));
            Assert.That(connection.SkipTlsVerify, Is.False);
            Assert.That(connection.Warnings, Is.Empty);
            Assert.That(connection.ToString(), Does.Not.Contain("hunter2"));
        });
    }

    [Test]
    public void Load_WhenTlsIsNotVerified_Warns()
    {
        var connection = Load("insecure-skip-tls-verify: true", "");

        Assert.That(connection.SkipTlsVerify, Is.True);
        Assert.That(connection.Warnings, Has.One.Contains("insecure-skip-tls-verify"));
    }

    [TestCase("token: hunter2", typeof(TokenCredentials))]
    [TestCase("username: ada, password: hunter2", typeof(BasicCredentials))]
    [TestCase("token: hunter2, tokenFile: /token", typeof(TokenFileCredentials))]
    [TestCase("token: hunter2, exec: {command: x, apiVersion: client.authentication.k8s.io/v1}", typeof(TokenCredentials))]
    [TestCase("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, env: [{name: a, value: hunter2}]}", typeof(PluginCredentials))]
    [TestCase("", typeof(NoCredentials))]
    public void Load_WhenTheUserHasCredentials_KeepsThemOutOfSight(string user, Type kind)
    {
        var connection = Load("", user);

        Assert.That(connection.Credentials, Is.TypeOf(kind));
        Assert.That($"{connection} {connection.Credentials} {new { connection.Credentials }}", Does.Not.Contain("hunter2"));
    }

    [Test]
    public void Load_WhenTheContextNamesNoUser_SendsNothing()
    {
        var files = new FakeFiles { ["/k"] = "{current-context: x, contexts: [{name: x, context: {cluster: c}}], clusters: [{name: c, cluster: {server: 'https://k'}}]}" };

        Assert.That(Load(files).Credentials, Is.EqualTo(new NoCredentials()));
    }

    [Test]
    public void Load_WhenTheServerIsPlainHttp_SendsNoSecretToIt()
    {
        var files = Files("", "token: hunter2");
        files["/k"] = files["/k"]!.Replace("https://k", "http://k", StringComparison.Ordinal);

        Assert.That(Load(files).Credentials, Is.EqualTo(new NoCredentials()));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Load_WhenTheUserHasAClientCertificate_TakesItFromDataOrFiles(bool data)
    {
        var connection = Load("", data
            ? $"client-certificate-data: {Base64(_client.Pem)}, client-key-data: {Base64(_client.KeyPem)}, client-key: /none"
            : "client-certificate: client.pem, client-key: /client.key");

        Assert.That(connection.ClientCertificate, Is.EqualTo(data
            ? new ClientCertificateSource(new PemSource(_client.Pem, null), new PemSource(_client.KeyPem, null))
            : new ClientCertificateSource(new PemSource(null, "/client.pem"), new PemSource(null, "/client.key"))));
        Assert.That($"{connection.ClientCertificate}", Does.Not.Contain("BEGIN"));
    }

    [Test]
    public void Load_WhenTheUserHasAPlugin_ReadsAllOfIt()
    {
        var plugin = (PluginCredentials)Load(
            "",
            "exec: {command: bin/get, apiVersion: client.authentication.k8s.io/v1beta1, args: [a, 'b c'], env: [{name: N, value: v}], provideClusterInfo: true, "
                + "interactiveMode: IfAvailable, installHint: 'get it'}").Credentials;

        Assert.Multiple(() =>
        {
            Assert.That(plugin.Command, Is.EqualTo("/bin/get"), "from where the file is");
            Assert.That(plugin.ApiVersion, Is.EqualTo("client.authentication.k8s.io/v1beta1"));
            Assert.That(plugin.Arguments, Is.EqualTo(new[] { "a", "b c" }));
            Assert.That(plugin.Environment, Is.EqualTo(new[] { KeyValuePair.Create("N", "v") }));
            Assert.That(plugin.ProvideClusterInfo, Is.True);
            Assert.That(plugin.InstallHint, Is.EqualTo("get it"));
            Assert.That(plugin.Origin, Is.EqualTo("K8S_CONFIG_PATH (/k): user \"u\""));
        });
    }

    [Test]
    public void Load_WhenTheUserImpersonates_TakesWhom()
    {
        var impersonation = Load("", "token: t, as: system:serviceaccount:a:b, as-uid: '7', as-groups: [g]").Impersonation;

        Assert.That(impersonation, Is.EqualTo(new Impersonation("system:serviceaccount:a:b", "7", "g")));
    }

    [TestCase("", "auth-provider: {name: gcp}", "has an auth-provider, which Kubernetes no longer supports")]
    [TestCase("", "token: a, username: b", "has both a token and a password")]
    [TestCase("", "username: 'a:b'", "has a username with a colon")]
    [TestCase("", "token: 'hunter2 hunter3'", "has a token with characters")]
    [TestCase("", "tokenFile: /none", "has a tokenFile, /none, that doesn't exist")]
    [TestCase("", "tokenFile: /unreadable", "has a tokenFile, /unreadable, that can't be read")]
    [TestCase("", "tokenFile: /blank", "has a tokenFile, /blank, that doesn't hold a token")]
    [TestCase("", "client-certificate: /client.pem", "has a client certificate without a client key")]
    [TestCase("", "client-key: /client.key", "has a client key without a client certificate")]
    [TestCase("", "client-certificate: /none, client-key: /client.key", "has a client-certificate, /none, that doesn't exist")]
    [TestCase("", "client-certificate: /client.pem, client-key: /client.pem", "has a client certificate and key that can't be used")]
    [TestCase("", "client-certificate: /ca.pem, client-key: /client.key", "has a client certificate and key that can't be used")]
    [TestCase("", "client-certificate-data: '!', client-key: /client.key", "gives client-certificate-data a value that isn't base64")]
    [TestCase("", "exec: {}", "has an exec without a command")]
    [TestCase("", "exec: hunter2", "gives exec a value that isn't a mapping")]
    [TestCase("", "exec: {command: x}", "has an exec whose apiVersion isn't")]
    [TestCase("", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}", "has an exec whose apiVersion isn't")]
    [TestCase("", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}", "has an exec that always wants to ask")]
    [TestCase("", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, env: [{value: hunter2}]}", "has an exec with a variable without a name")]
    [TestCase("", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}, client-certificate: /client.pem, client-key: /client.key", "has both an exec and a client certificate")]
    [TestCase("", "as-groups: [a]", "has as-uid or as-groups without as")]
    [TestCase("", "as: a, as-groups: [a, b]", "has more than one of as-groups, which isn't supported")]
    [TestCase("", "as: \"a\\nb\"", "has an as, as-uid or as-groups with characters that can't be sent")]
    [TestCase("", "as: a, as-user-extra: {a: [b]}", "has as-user-extra, which isn't supported")]
    public void Load_WhenTheUserIsWrong_SaysSo(string cluster, string user, string problem) =>
        Assert.That(Fault(Files(cluster, user)), Does.StartWith($"K8S_CONFIG_PATH (/k): user \"u\" {problem}").And.EndWith(".").And.Not.Contain("hunter"));

    [TestCase("certificate-authority: /none", "has a certificate-authority, /none, that doesn't exist")]
    [TestCase("certificate-authority: /unreadable", "has a certificate-authority, /unreadable, that can't be read")]
    [TestCase("certificate-authority: /blank", "has a certificate-authority, /blank, that holds no certificate")]
    [TestCase("certificate-authority: /damaged", "has a certificate-authority, /damaged, that holds a certificate that can't be read")]
    [TestCase("certificate-authority-data: aGk=", "has certificate-authority-data that holds no certificate")]
    [TestCase("certificate-authority-data: '***'", "gives certificate-authority-data a value that isn't base64")]
    [TestCase("certificate-authority: /ca.pem, insecure-skip-tls-verify: true", "has both a certificate authority and insecure-skip-tls-verify")]
    [TestCase("insecure-skip-tls-verify: sometimes", "gives insecure-skip-tls-verify a value that is neither true nor false")]
    [TestCase("tls-server-name: a/b", "has a tls-server-name that isn't a host name")]
    [TestCase("proxy-url: proxy:8080", "has a proxy-url that doesn't start with")]
    [TestCase("proxy-url: 'ftp://proxy'", "has a proxy-url that doesn't start with")]
    public void Load_WhenTheClusterIsWrong_SaysSo(string cluster, string problem) =>
        Assert.That(Fault(Files(cluster, "")), Does.StartWith($"K8S_CONFIG_PATH (/k): cluster \"c\" {problem}").And.EndWith("."));

    [TestCase("", "has no server")]
    [TestCase("server: k8s.example.com", "has a server that isn't an address")]
    [TestCase("server: 'ftp://k'", "has a server that isn't an address")]
    [TestCase("server: 'https://u:hunter2@k'", "has a server that isn't an address")]
    [TestCase("server: 'https://k?a=b'", "has a server that isn't an address")]
    public void Load_WhenTheServerIsWrong_SaysSo(string cluster, string problem)
    {
        var files = new FakeFiles { ["/k"] = $"{{current-context: x, contexts: [{{name: x, context: {{cluster: c}}}}], clusters: [{{name: c, cluster: {{{cluster}}}}}]}}" };

        Assert.That(Fault(files), Does.StartWith($"K8S_CONFIG_PATH (/k): cluster \"c\" {problem}").And.Not.Contain("hunter2"));
    }

    [TestCase("{}", "names no cluster")]
    [TestCase("{cluster: other}", "names the cluster \"other\", which doesn't exist")]
    [TestCase("{cluster: c, user: other}", "names the user \"other\", which doesn't exist")]
    public void Load_WhenTheContextLeadsNowhere_SaysSo(string context, string problem)
    {
        var files = new FakeFiles { ["/k"] = $"{{current-context: x, contexts: [{{name: x, context: {context}}}], clusters: [{{name: c, cluster: {{server: 'https://k'}}}}]}}" };

        Assert.That(Fault(files), Is.EqualTo($"K8S_CONFIG_PATH (/k): context \"x\" {problem}."));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static ClusterConnection Load(FakeFiles files) =>
        KubeConfigLoader.Load(new Dictionary<string, string?> { ["K8S_CONFIG_PATH"] = "/k" }, "/", files)!;

    private static string? Fault(FakeFiles files) => Assert.Throws<KubeConfigException>(() => Load(files))?.Message;

    private ClusterConnection Load(string cluster, string user, string context = "") => Load(Files(cluster, user, context));

    private FakeFiles Files(string cluster, string user, string context = "") => new()
    {
        ["/k"] = string.Join(
            '\n',
            "current-context: x",
            "contexts: [{name: x, context: {cluster: c, user: u, " + context + "}}]",
            "clusters: [{name: c, cluster: {server: 'https://k', " + cluster + "}}]",
            "users: [{name: u, user: {" + user + "}}]"),
        ["/token"] = "t\n",
        ["/blank"] = " \n",
        ["/unreadable"] = null,
        ["/ca.pem"] = _authority.Pem,
        ["/client.pem"] = _client.Pem,
        ["/client.key"] = _client.KeyPem,
        ["/damaged"] = "-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----\n",
    };
}
