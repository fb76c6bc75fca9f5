using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.FunctionalTests.Configuration;

[TestFixture]
internal sealed class KubernetesSettingsTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private const string KubeConfig = """
        current-context: here
        contexts: [{name: here, context: {cluster: c}}, {name: there, context: {cluster: c}}]
        clusters: [{name: c, cluster: {server: 'https://k8s.example.com:6443'}}]
        """;

    [TestCase("K8S_CONFIG_PATH=/etc/kubeconfig", "/etc/kubeconfig")]
    [TestCase("KUBECONFIG=/etc/kubeconfig", "/etc/kubeconfig")]
    [TestCase("HOME=/home/ada", "/home/ada/.kube/config")]
    [TestCase("HOME=/home/ada;AGENT_RUNTIME=auto", "/home/ada/.kube/config")]
    [TestCase("HOME=/home/ada;AGENT_RUNTIME=kubernetes", "/home/ada/.kube/config")]
    [TestCase("HOME=/home/ada;AGENT_RUNTIME=kubernetes-or-local", "/home/ada/.kube/config")]
    [TestCase("HOME=/home/ada;ENVIRONMENT=production;SECRET_KEY=" + Secret, "/home/ada/.kube/config")]
    public void Parse_WhenAClusterIsConfigured_TakesIt(string environment, string file)
    {
        var settings = Parse(environment, new FakeMachine { Files = { [file] = KubeConfig } });

        Assert.Multiple(() =>
        {
            Assert.That(settings.Runtime.Kind, Is.EqualTo(RuntimeKind.Kubernetes));
            Assert.That(settings.Runtime.Kubernetes?.Connection.Description, Is.EqualTo($"context here at https://k8s.example.com:6443 (from {file})"));
            Assert.That(settings.Runtime.Kubernetes?.Options.PlatformPath, Is.EqualTo(settings.Storage.AgentPlatformPath));
            Assert.That(settings.Runtime.Kubernetes?.Options.DeployTimeout, Is.EqualTo(TimeSpan.FromMinutes(5)));
            Assert.That(settings.Warnings, Has.One.Items.And.One.StartsWith("PUBLIC_URL isn't set"));
        });
    }

    [Test]
    public void Parse_WhenTheRuntimeIsLocal_LeavesTheClusterAlone()
    {
        var settings = Parse("AGENT_RUNTIME=local;HOME=/home/ada", new FakeMachine { Files = { ["/home/ada/.kube/config"] = "{broken" } });

        Assert.That(settings.Runtime.Kind, Is.EqualTo(RuntimeKind.Local));
        Assert.That(settings.Runtime.Kubernetes, Is.Null);
    }

    [Test]
    public void Parse_WhenAContextIsNamedWithoutACluster_WarnsOfIt() =>
        Assert.That(Parse("K8S_CONTEXT=prod").Warnings, Has.One.StartsWith("K8S_CONTEXT is prod, but no cluster"));

    [TestCase("AGENT_RUNTIME=kubernetes", "AGENT_RUNTIME ", false)]
    [TestCase("AGENT_RUNTIME=kubernetes;HOME=/home/none", "AGENT_RUNTIME ", false)]
    [TestCase("K8S_CONFIG_PATH=/none", "K8S_CONFIG_PATH ", true)]
    [TestCase("K8S_CONFIG_PATH=/none;AGENT_RUNTIME=kubernetes-or-local", "K8S_CONFIG_PATH ", true)]
    [TestCase("AGENT_RUNTIME=kubernetes;K8S_CONFIG_PATH=/none", "K8S_CONFIG_PATH ", false)]
    [TestCase("KUBECONFIG=/none:/nothing", "KUBECONFIG ", true)]
    [TestCase("HOME=/home/broken", "/home/broken/.kube/config ", true)]
    [TestCase("HOME=/home/ada;K8S_CONTEXT=nowhere", "K8S_CONTEXT ", true)]
    public void Parse_WhenTheConfigurationIsBroken_NamesItAndTheWayOut(string environment, string start, bool offersLocal)
    {
        var machine = new FakeMachine { Files = { ["/home/ada/.kube/config"] = KubeConfig, ["/home/broken/.kube/config"] = "token: [hunter2" } };
        var exception = Assert.Throws<SettingsException>(() => Parse(environment, machine));

        Assert.Multiple(() =>
        {
            Assert.That(exception?.Sentences, Has.Count.EqualTo(1));
            Assert.That(exception?.Message, Does.StartWith(start).And.EndsWith(".").And.Not.Contain("hunter2"));
            Assert.That(exception?.Message, offersLocal ? Does.Contain("or set AGENT_RUNTIME to local") : Does.Not.Contain("to local"));
            Assert.That(machine.Made, Is.Empty);
        });
    }

    [Test]
    public void Parse_WhenNothingElseIsSet_PutsWhatIsSafeIntoTheCluster()
    {
        var options = Options("");

        Assert.Multiple(() =>
        {
            Assert.That(options with { Stack = null!, Ingress = null! }, Is.EqualTo(
                new KubernetesOptions("iad.ocir.io/tenant/aegra-runtime:latest", TimeSpan.FromMinutes(5)) { PlatformPath = "/srv/app/data/agent-platform", Stack = null!, Ingress = null! }));
            Assert.That(options.Ingress.Host, Is.Null);
            Assert.That(options.Ingress.Rewrite, Is.EqualTo(IngressRewrite.None));
            Assert.That(options.Stack.Quota, Is.EqualTo(new StackLimits().Quota));
            Assert.That(options.Stack.IsolateNetwork, Is.True);
            Assert.That(options.Stack.BlockedEgress, Is.EqualTo(new[] { "169.254.0.0/16" }));
        });
    }

    [Test]
    public void Parse_WhenEverythingIsSet_TakesIt()
    {
        var machine = Machine();
        machine.Files["/srv/app/pull.json"] = """{"auths": {"registry.example.com": {"auth": "aHVudGVyMg=="}}}""";
        var settings = Parse(
            "K8S_CONFIG_PATH=/k;K8S_CONTEXT=there;PUBLIC_URL=https://s.example;AGENT_IMAGE=r.example:5000/a/b@sha256:00;AGENT_IMAGE_PULL_POLICY=ifnotpresent;AGENT_IMAGE_PULL_SECRETS=one, two;"
            + "AGENT_IMAGE_PULL_CONFIG=pull.json;AGENT_CPU_REQUEST=1.5;AGENT_CPU_LIMIT=2000m;AGENT_MEMORY_REQUEST=1Gi;AGENT_MEMORY_LIMIT=2e9;AGENT_RUN_AS_USER=1;AGENT_POD_SECURITY=Baseline;"
            + "AGENT_PLATFORM_HOST_PATH=/mnt/agents/;INGRESS_HOST=Agents.Example.com;INGRESS_CLASS=nginx;INGRESS_TLS_SECRET=tls;"
            + """INGRESS_ANNOTATIONS={"cert-manager.io/cluster-issuer": "a,b=c"};STACK_QUOTA=pods=5, count/deployments.apps=7;STACK_NETWORK_ISOLATION=False;"""
            + "AGENT_BLOCKED_EGRESS=10.0.0.1/8, fd00::/8;STACK_POD_SECURITY=baseline",
            machine);
        var options = settings.Runtime.Kubernetes!.Options;

        Assert.Multiple(() =>
        {
            Assert.That(settings.Runtime.Kubernetes.Connection.Context, Is.EqualTo("there"));
            Assert.That(settings.Runtime.AgentsUrl, Is.EqualTo("https://agents.example.com"));
            Assert.That(options.Image, Is.EqualTo("r.example:5000/a/b@sha256:00"));
            Assert.That(options.ImagePullPolicy, Is.EqualTo("IfNotPresent"));
            Assert.That(options.ImagePullSecrets, Is.EqualTo(new[] { "one", "two" }));
            Assert.That(options.ImagePullConfigFile, Is.EqualTo("/srv/app/pull.json"));
            Assert.That(options.Resources, Is.EqualTo(new AgentResources { CpuRequest = "1.5", CpuLimit = "2000m", MemoryRequest = "1Gi", MemoryLimit = "2e9" }));
            Assert.That(options.RunAsUser, Is.EqualTo(1));
            Assert.That(options.Hardening, Is.EqualTo(PodHardening.Baseline));
            Assert.That(options.HostPlatformPath, Is.EqualTo("/mnt/agents"));
            Assert.That(options.Ingress.Host, Is.EqualTo("agents.example.com"));
            Assert.That(options.Ingress.ClassName, Is.EqualTo("nginx"));
            Assert.That(options.Ingress.TlsSecret, Is.EqualTo("tls"));
            Assert.That(options.Ingress.Annotations, Is.EqualTo(new Dictionary<string, string> { ["cert-manager.io/cluster-issuer"] = "a,b=c" }));
            Assert.That(options.Ingress.Rewrite, Is.EqualTo(IngressRewrite.Nginx));
            Assert.That(options.Stack.Quota, Is.EqualTo(new Dictionary<string, string> { ["pods"] = "5", ["count/deployments.apps"] = "7" }));
            Assert.That(options.Stack.IsolateNetwork, Is.False);
            Assert.That(options.Stack.BlockedEgress, Is.EqualTo(new[] { "10.0.0.0/8", "fd00::/8" }));
            Assert.That(options.Stack.PodSecurity, Is.EqualTo("baseline"));
            Assert.That(settings.Warnings, Has.One.Items.And.One.StartsWith("STACK_POD_SECURITY=baseline"));
        });
    }

    [Test]
    public void Parse_WhenCodeIsFetched_TakesWhatThatNeedsAndIsStricter()
    {
        var options = Options("CODE_DELIVERY=HTTP;CODE_FETCH_IMAGE=stackagent:1;PUBLIC_URL=https://s.example/;AGENT_MAX_ZIP_BYTES=1048576;AGENT_MAX_UNPACKED_BYTES=2097152");

        Assert.Multiple(() =>
        {
            Assert.That(options.Fetch, Is.EqualTo(new CodeFetchOptions("stackagent:1", new Uri("https://s.example")) { VolumeBytes = 67L << 20 }));
            Assert.That(options.Stack.PodSecurity, Is.EqualTo("restricted"));
            Assert.That(Options("CODE_DELIVERY=hostpath").Fetch, Is.Null);
            Assert.That(Options("CODE_DELIVERY=hostpath").Stack.PodSecurity, Is.EqualTo("privileged"));
        });
    }

    [TestCase("", "restricted", null)]
    [TestCase("AGENT_POD_SECURITY=baseline", "baseline", null)]
    [TestCase("AGENT_POD_SECURITY=baseline;STACK_POD_SECURITY=restricted", "restricted", "STACK_POD_SECURITY=restricted")]
    [TestCase("STACK_POD_SECURITY=privileged", "privileged", null)]
    public void Parse_WhenCodeIsFetched_EnforcesWhatPodsKeepTo(string environment, string level, string? warning)
    {
        var settings = Parse($"K8S_CONFIG_PATH=/k;PUBLIC_URL=https://s.example;CODE_DELIVERY=http;CODE_FETCH_IMAGE=s:1;CODE_DELIVERY_URL=http://10.0.0.7;{environment}", Machine());

        Assert.That(settings.Runtime.Kubernetes!.Options.Stack.PodSecurity, Is.EqualTo(level));
        Assert.That(settings.Runtime.Kubernetes.Options.Fetch!.Server, Is.EqualTo(new Uri("http://10.0.0.7")));
        Assert.That(settings.Warnings.SingleOrDefault(), warning is null ? Is.Null : Does.StartWith(warning));
    }

    [Test]
    public void Parse_WhenLimitsAreGivenAsNone_SetsNone()
    {
        var options = Options("STACK_QUOTA=none;AGENT_BLOCKED_EGRESS=none;INGRESS_CLASS=nginx;INGRESS_REWRITE=none;INGRESS_ANNOTATIONS=a=1,example.com/b= x=y");

        Assert.Multiple(() =>
        {
            Assert.That(options.Stack.Quota, Is.Empty);
            Assert.That(options.Stack.BlockedEgress, Is.Empty);
            Assert.That(options.Ingress.Rewrite, Is.EqualTo(IngressRewrite.None));
            Assert.That(options.Ingress.Annotations, Is.EqualTo(new Dictionary<string, string> { ["a"] = "1", ["example.com/b"] = "x=y" }));
        });
    }

    [TestCase("AGENT_IMAGE=two words", "AGENT_IMAGE")]
    [TestCase("AGENT_IMAGE_PULL_POLICY=Sometimes", "AGENT_IMAGE_PULL_POLICY")]
    [TestCase("AGENT_IMAGE_PULL_SECRETS=Not_A_Name", "AGENT_IMAGE_PULL_SECRETS")]
    [TestCase("AGENT_IMAGE_PULL_CONFIG=/none", "AGENT_IMAGE_PULL_CONFIG")]
    [TestCase("AGENT_IMAGE_PULL_CONFIG=/unreadable", "AGENT_IMAGE_PULL_CONFIG")]
    [TestCase("AGENT_IMAGE_PULL_CONFIG=/not-json", "AGENT_IMAGE_PULL_CONFIG")]
    [TestCase("AGENT_IMAGE_PULL_CONFIG=/no-auths", "AGENT_IMAGE_PULL_CONFIG")]
    [TestCase("AGENT_CPU_REQUEST=lots", "AGENT_CPU_REQUEST")]
    [TestCase("AGENT_CPU_REQUEST=2", "AGENT_CPU_REQUEST")]
    [TestCase("AGENT_CPU_LIMIT=0", "AGENT_CPU_LIMIT")]
    [TestCase("AGENT_CPU_LIMIT=50m", "AGENT_CPU_LIMIT")]
    [TestCase("AGENT_MEMORY_REQUEST=-1", "AGENT_MEMORY_REQUEST")]
    [TestCase("AGENT_MEMORY_LIMIT=512m", "AGENT_MEMORY_LIMIT")]
    [TestCase("AGENT_MEMORY_LIMIT=512MB", "AGENT_MEMORY_LIMIT")]
    [TestCase("AGENT_RUN_AS_USER=0", "AGENT_RUN_AS_USER")]
    [TestCase("AGENT_POD_SECURITY=none", "AGENT_POD_SECURITY")]
    [TestCase("AGENT_RUN_AS_USER=root", "AGENT_RUN_AS_USER")]
    [TestCase("AGENT_PLATFORM_HOST_PATH=relative", "AGENT_PLATFORM_HOST_PATH")]
    [TestCase("AGENT_PLATFORM_HOST_PATH=/a/../b", "AGENT_PLATFORM_HOST_PATH")]
    [TestCase("INGRESS_CLASS=Nginx!", "INGRESS_CLASS")]
    [TestCase("INGRESS_TLS_SECRET=a b", "INGRESS_TLS_SECRET")]
    [TestCase("INGRESS_REWRITE=apache", "INGRESS_REWRITE")]
    [TestCase("INGRESS_ANNOTATIONS=novalue", "INGRESS_ANNOTATIONS")]
    [TestCase("INGRESS_ANNOTATIONS=a=1,a=2", "INGRESS_ANNOTATIONS")]
    [TestCase("INGRESS_ANNOTATIONS={\"a\": 1}", "INGRESS_ANNOTATIONS")]
    [TestCase("INGRESS_ANNOTATIONS={\"a\": ", "INGRESS_ANNOTATIONS")]
    [TestCase("INGRESS_ANNOTATIONS=-a=1", "INGRESS_ANNOTATIONS")]
    [TestCase("INGRESS_ANNOTATIONS=stackagent.io/applied=1", "INGRESS_ANNOTATIONS")]
    [TestCase("STACK_QUOTA=pods", "STACK_QUOTA")]
    [TestCase("STACK_QUOTA=pods=many", "STACK_QUOTA")]
    [TestCase("STACK_QUOTA=none,pods=1", "STACK_QUOTA")]
    [TestCase("STACK_NETWORK_ISOLATION=maybe", "STACK_NETWORK_ISOLATION")]
    [TestCase("AGENT_BLOCKED_EGRESS=10.0.0.1", "AGENT_BLOCKED_EGRESS")]
    [TestCase("STACK_POD_SECURITY=none", "STACK_POD_SECURITY")]
    [TestCase("CODE_DELIVERY=ftp", "CODE_DELIVERY")]
    [TestCase("CODE_DELIVERY=http;PUBLIC_URL=http://s", "CODE_FETCH_IMAGE")]
    [TestCase("CODE_DELIVERY=http;CODE_FETCH_IMAGE=two words;PUBLIC_URL=http://s", "CODE_FETCH_IMAGE")]
    [TestCase("CODE_DELIVERY=http;CODE_FETCH_IMAGE=s:1", "CODE_DELIVERY_URL")]
    [TestCase("CODE_DELIVERY=http;CODE_FETCH_IMAGE=s:1;CODE_DELIVERY_URL=s", "CODE_DELIVERY_URL")]
    public void Parse_WhenAValueIsBad_NamesTheVariable(string environment, string variable)
    {
        var machine = Machine();
        machine.Files["/not-json"] = "hunter2";
        machine.Files["/no-auths"] = """{"auth": "hunter2"}""";
        machine.ReadOnly.Add("/unreadable");
        var exception = Assert.Throws<SettingsException>(() => Parse($"K8S_CONFIG_PATH=/k;{environment}", machine));

        Assert.Multiple(() =>
        {
            Assert.That(exception?.Sentences, Has.Count.EqualTo(1));
            Assert.That(exception?.Message, Does.StartWith(variable + " ").And.EndsWith(".").And.Not.Contain("hunter2"));
        });
    }

    private static FakeMachine Machine() => new() { Files = { ["/k"] = KubeConfig } };

    private static KubernetesOptions Options(string environment) => Parse($"K8S_CONFIG_PATH=/k;{environment}", Machine()).Runtime.Kubernetes!.Options;

    private static Settings Parse(string environment, FakeMachine? machine = null) => SettingsParser.Parse(
        environment.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=', 2))
            .ToDictionary(variable => variable[0], string? (variable) => variable[1]),
        "/srv/app",
        machine ?? new FakeMachine());
}
