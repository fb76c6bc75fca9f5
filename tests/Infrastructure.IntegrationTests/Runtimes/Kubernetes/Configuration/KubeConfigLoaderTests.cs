using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>Where a cluster's configuration is found, and how several files become one.</summary>
internal sealed class KubeConfigLoaderTests
{
    private const string Account = "/var/run/secrets/kubernetes.io/serviceaccount";

    private static readonly string AuthorityPem = MakeAuthority();

    private FakeFiles _files;

    [SetUp]
    public void CreateFiles() => _files = new FakeFiles
    {
        ["/one"] = Config("one"),
        ["/list/a"] = Config("a"),
        ["/home/ada/.kube/config"] = Config("home"),
        [$"{Account}/token"] = "token-of-the-pod",
        [$"{Account}/ca.crt"] = AuthorityPem,
        [$"{Account}/namespace"] = "agents\n",
    };

    [Test]
    public void Load_WhenAllAreThere_TakesThemInTheContractsOrder()
    {
        const string Pod = "KUBERNETES_SERVICE_HOST=10.0.0.1;KUBERNETES_SERVICE_PORT=443";

        Assert.Multiple(() =>
        {
            Assert.That(Load($"K8S_CONFIG_PATH=/one;KUBECONFIG=/list/a;{Pod};HOME=/home/ada")?.Context, Is.EqualTo("one"));
            Assert.That(Load($"KUBECONFIG=/list/a;{Pod};HOME=/home/ada")?.Context, Is.EqualTo("a"));
            Assert.That(Load($"{Pod};HOME=/home/ada")?.Server, Is.EqualTo(new Uri("https://10.0.0.1/")));
            Assert.That(Load("HOME=/home/ada")?.Context, Is.EqualTo("home"));
            Assert.That(Load("USERPROFILE=/home/ada;KUBECONFIG= ;K8S_CONFIG_PATH=")?.Context, Is.EqualTo("home"));
            Assert.That(Load("HOME=/home/nobody"), Is.Null);
            Assert.That(Load(""), Is.Null);
        });
    }

    [TestCase("K8S_CONFIG_PATH=one")]
    [TestCase("K8S_CONFIG_PATH=../one")]
    [TestCase("KUBECONFIG=one")]
    public void Load_WhenAVariablesPathIsRelative_MeansItFromTheWorkingDirectory(string environment) =>
        Assert.That(Load(environment, "/")?.Context, Is.EqualTo("one"));

    [Test]
    public void Load_WhenAPathBeginsWithATilde_MeansTheHome() =>
        Assert.That(Load("K8S_CONFIG_PATH=~/.kube/config;HOME=/home/ada")?.Context, Is.EqualTo("home"));

    [Test]
    public void Load_WhenItRunsInAPod_UsesThePodsAccount()
    {
        var connection = Load("KUBERNETES_SERVICE_HOST=fd00::1;KUBERNETES_SERVICE_PORT=6443")!;

        Assert.Multiple(() =>
        {
            Assert.That(connection.Server, Is.EqualTo(new Uri("https://[fd00::1]:6443/")));
            Assert.That(connection.CertificateAuthority, Is.EqualTo(AuthorityPem));
            Assert.That(connection.Credentials, Is.EqualTo(new TokenFileCredentials($"{Account}/token")));
            Assert.That(connection.Namespace, Is.EqualTo("agents"));
            Assert.That(connection.Files, Is.Empty);
            Assert.That(connection.Description, Is.EqualTo("the cluster this server runs in, https://[fd00::1]:6443"));
        });
    }

    [Test]
    public void Load_WhenThePodHasNoAccount_LooksFurther()
    {
        _files.Remove($"{Account}/token");

        Assert.That(Load("KUBERNETES_SERVICE_HOST=10.0.0.1;KUBERNETES_SERVICE_PORT=443;HOME=/home/ada")?.Context, Is.EqualTo("home"));
    }

    [Test]
    public void Load_WhenThePodHasNoNamespaceFile_TakesDefault()
    {
        _files.Remove($"{Account}/namespace");

        Assert.That(Load("KUBERNETES_SERVICE_HOST=10.0.0.1;KUBERNETES_SERVICE_PORT=443")?.Namespace, Is.EqualTo("default"));
    }

    [TestCase("KUBERNETES_SERVICE_PORT=https;KUBERNETES_SERVICE_HOST=10.0.0.1", "KUBERNETES_SERVICE_PORT must")]
    [TestCase("KUBERNETES_SERVICE_PORT=443;KUBERNETES_SERVICE_HOST=a/b", "KUBERNETES_SERVICE_HOST must")]
    [TestCase("KUBERNETES_SERVICE_PORT=443;KUBERNETES_SERVICE_HOST=10.0.0.1;K8S_CONTEXT=prod", "K8S_CONTEXT is prod, but this server runs in a pod")]
    public void Load_WhenThePodsVariablesAreWrong_SaysSo(string environment, string start) =>
        Assert.That(Fault(environment), Does.StartWith(start));

    [Test]
    public void Load_WhenThePodsAuthorityIsMissingOrBroken_SaysSo()
    {
        const string Pod = "KUBERNETES_SERVICE_HOST=10.0.0.1;KUBERNETES_SERVICE_PORT=443";
        _files[$"{Account}/ca.crt"] = "nothing";
        Assert.That(Fault(Pod), Does.StartWith($"{Account}/ca.crt holds no certificate"));
        _files.Remove($"{Account}/ca.crt");
        Assert.That(Fault(Pod), Does.StartWith($"{Account}/ca.crt doesn't exist"));
    }

    [Test]
    public void Load_WhenHomeHoldsAnEmptyConfig_TakesItForNone()
    {
        _files["/home/ada/.kube/config"] = "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: []\ncurrent-context: \"\"\nusers: ~\n";
        Assert.That(Load("HOME=/home/ada"), Is.Null);
        _files["/home/ada/.kube/config"] = "\n";
        Assert.That(Load("HOME=/home/ada"), Is.Null);
    }

    [Test]
    public void Load_WhenAListIsMerged_FirstToNameSomethingWins()
    {
        _files["/first"] = """
            contexts: [{name: prod, context: {cluster: c, user: u, namespace: from-first}}]
            users: [{name: u, user: {username: first}}]
            """;
        _files["/second"] = """
            current-context: prod
            contexts: [{name: prod, context: {cluster: other}}, {name: test, context: {cluster: c}}]
            clusters: [{name: c, cluster: {server: 'https://second', certificate-authority: ca.pem}}]
            users: [{name: u, user: {username: second, password: of-the-second}}]
            """;
        _files["/third"] = "current-context: test\nclusters: [{name: c, cluster: {server: 'https://third'}}]";
        _files["/ca.pem"] = AuthorityPem;
        var connection = Load("KUBECONFIG=/none:/first::/second:/first:/third")!;

        Assert.Multiple(() =>
        {
            Assert.That(connection.Context, Is.EqualTo("prod"));
            Assert.That(connection.Namespace, Is.EqualTo("from-first"));
            Assert.That(connection.Server, Is.EqualTo(new Uri("https://second/")));
            Assert.That(connection.Credentials, Is.EqualTo(new BasicCredentials("first", "")), "not mixed with the second's password");
            Assert.That(connection.CertificateAuthority, Is.EqualTo(AuthorityPem));
            Assert.That(connection.Files, Is.EqualTo(new[] { "/first", "/second" }));
            Assert.That(connection.Description, Is.EqualTo("context prod at https://second (from /first, /second)"));
            Assert.That(Load("KUBECONFIG=/first:/second:/third;K8S_CONTEXT=test")?.Context, Is.EqualTo("test"));
        });
    }

    [Test]
    public void Load_WhenPathsInAFileAreRelative_MeansThemFromThatFile()
    {
        _files["/etc/kube/config"] = """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: 'https://k', certificate-authority: ../ca.pem}}]
            users: [{name: u, user: {tokenFile: tokens/one}}]
            """;
        _files["/etc/ca.pem"] = AuthorityPem;
        _files["/etc/kube/tokens/one"] = "t";
        var connection = Load("K8S_CONFIG_PATH=/etc/kube/config")!;

        Assert.That(connection.CertificateAuthority, Is.EqualTo(AuthorityPem));
        Assert.That(connection.Credentials, Is.EqualTo(new TokenFileCredentials("/etc/kube/tokens/one")));
    }

    [TestCase("K8S_CONFIG_PATH=/none", "K8S_CONFIG_PATH names /none, which doesn't exist.")]
    [TestCase("KUBECONFIG=/none", "KUBECONFIG names /none, which doesn't exist.")]
    [TestCase("KUBECONFIG=/none:/nothing", "KUBECONFIG names /none, /nothing, and none of them exists.")]
    [TestCase("KUBECONFIG=/one:/unreadable", "KUBECONFIG (/unreadable) can't be read by this user.")]
    [TestCase("K8S_CONFIG_PATH=/one;K8S_CONTEXT=two", "K8S_CONTEXT is two, but K8S_CONFIG_PATH (/one) has one.")]
    [TestCase("KUBECONFIG=/one:/list/a;K8S_CONTEXT=two", "K8S_CONTEXT is two, but KUBECONFIG has a, one.")]
    [TestCase("K8S_CONFIG_PATH=/empty", "K8S_CONFIG_PATH (/empty) has no contexts at all.")]
    [TestCase("K8S_CONFIG_PATH=/no-current", "K8S_CONFIG_PATH (/no-current) has a, b, but no current-context; set K8S_CONTEXT to one of them.")]
    [TestCase("K8S_CONFIG_PATH=/lost-current", "K8S_CONFIG_PATH (/lost-current) has a, but its current-context is b; set K8S_CONTEXT to one that exists.")]
    public void Load_WhenNothingUsableIsNamed_SaysWhatThereIs(string environment, string sentence)
    {
        _files["/unreadable"] = null;
        _files["/empty"] = "kind: Config";
        _files["/no-current"] = "contexts: [{name: b, context: {}}, {name: a, context: {}}]";
        _files["/lost-current"] = "{current-context: b, contexts: [{name: a, context: {}}]}";

        Assert.That(Fault(environment), Is.EqualTo(sentence));
    }

    [TestCase("a: [hunter2", "isn't valid YAML: look at line 2.")]
    [TestCase("a: 1\na: hunter2", "isn't valid YAML: look at line 2.")]
    [TestCase("hunter2", "isn't a kubeconfig: its top level has to be a mapping.")]
    [TestCase("[hunter2]", "isn't a kubeconfig: its top level has to be a mapping.")]
    [TestCase("kind: Pod", "is a Pod and not a kubeconfig, whose kind is Config.")]
    [TestCase("contexts: hunter2", "has contexts that aren't a list.")]
    [TestCase("contexts: [hunter2]", "has contexts that aren't all mappings.")]
    [TestCase("contexts: [{context: {}}]", "has a context without a name.")]
    [TestCase("contexts: [{name: a, context: hunter2}]", "has a context \"a\" that isn't a mapping.")]
    [TestCase("users: [{name: a}, {name: a}]", "has more than one user \"a\".")]
    [TestCase("current-context: [hunter2]", "gives current-context more than a single value.")]
    public void Load_WhenTheFileIsNoKubeconfig_SaysWhereWithoutRepeatingIt(string text, string end)
    {
        _files["/k"] = text;

        Assert.That(Fault("K8S_CONFIG_PATH=/k"), Is.EqualTo($"K8S_CONFIG_PATH (/k) {end}"));
    }

    [Test]
    public void Load_WhenTheFileIsJson_ReadsItToo()
    {
        _files["/k"] = """{"current-context": "j", "contexts": [{"name": "j", "context": {"cluster": "c"}}], "clusters": [{"name": "c", "cluster": {"server": "https://k/base"}}]}""";

        Assert.That(Load("K8S_CONFIG_PATH=/k")?.Server, Is.EqualTo(new Uri("https://k/base/")));
    }

    private static string Config(string name) => $$"""
        apiVersion: v1
        kind: Config
        current-context: {{name}}
        contexts:
        - name: {{name}}
          context: {cluster: {{name}}}
        clusters:
        - name: {{name}}
          cluster: {server: 'https://{{name}}.example.com'}
        """;

    private static string MakeAuthority()
    {
        using var authority = TestCertificate.Authority();
        return authority.Pem;
    }

    private ClusterConnection? Load(string environment, string workingDirectory = "/srv") => KubeConfigLoader.Load(
        environment.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=', 2))
            .ToDictionary(variable => variable[0], string? (variable) => variable[1]),
        workingDirectory,
        _files);

    private string? Fault(string environment) => Assert.Throws<KubeConfigException>(() => Load(environment))?.Message;
}
