using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using StackAgent.Infrastructure.Checkups;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;
using StackAgent.Testing;
using YamlDotNet.RepresentationModel;

namespace StackAgent.Infrastructure.IntegrationTests.Checkups;

/// <summary>The doctor's look at a cluster, whose API server stands in this process and answers as told.</summary>
internal sealed class ClusterCheckupTests
{
    private static readonly KubernetesOptions Options = new("registry.example.com/agents:1", TimeSpan.FromMinutes(1));

    private readonly ConcurrentQueue<string> _asked = new();
    private WebApplication _server;
    private Uri _address;
    private string _minor;
    private Func<string, bool> _allows;
    private HttpStatusCode? _classes;
    private string _classNames;

    [SetUp]
    public async Task StartAsync()
    {
        _asked.Clear();
        (_minor, _allows, _classes, _classNames) = ("30+", _ => true, null, "nginx");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(AnswerAsync);
        await _server.StartAsync();
        _address = new Uri(_server.Urls.Single() + "/");
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Examine_WhenAllIsGranted_AsksForEachRightOnce()
    {
        var fetching = Options with { Fetch = new CodeFetchOptions("registry.example.com/stackagent:1", new Uri("http://stackagent")) };

        var findings = await ExamineAsync(fetching, new LeadershipOptions("here"));

        Assert.That(findings.Where(finding => finding.Grade == Grade.Fault), Is.Empty);
        const string Wildcard = "* */* ";
        Assert.That(_asked.Where(asked => asked != Wildcard).Order(StringComparer.Ordinal), Is.EqualTo(await GrantedAsync("here")));
        Assert.That(_asked, Has.Exactly(1).EqualTo(Wildcard));
    }

    [Test]
    public async Task Examine_WhenARightIsMissing_NamesItAndWhatToApply()
    {
        _allows = asked => asked is not ("patch apps/deployments " or "watch /pods " or "* */* ");

        var faults = (await ExamineAsync(Options)).Where(finding => finding.Grade == Grade.Fault).ToList();

        Assert.That(faults.Select(fault => (fault.What, fault.Found)), Is.EquivalentTo(new[]
        {
            ("right on pods", "the account may not watch"),
            ("right on deployments", "the account may not patch"),
        }));
        Assert.That(faults.Select(fault => fault.Advice), Has.All.Contain("deploy/base/rbac.yaml"));
    }

    [Test]
    public async Task Examine_WhenTheClusterIsTooOld_IsAFault()
    {
        _minor = "19";
        Assert.That((await ExamineAsync(Options)).First(), Has.Property(nameof(Finding.Grade)).EqualTo(Grade.Fault));
    }

    [Test]
    public async Task Examine_WhenTheClusterDoesntAnswer_SaysWhy()
    {
        await _server.StopAsync();

        var finding = (await ExamineAsync(Options)).First();

        Assert.That(finding.Grade, Is.EqualTo(Grade.Fault));
        Assert.That(finding.Found, Does.Contain("can't be reached"));
    }

    [TestCase("nginx", "nginx", null, Grade.Ok)]
    [TestCase("nginx", "traefik", null, Grade.Fault)]
    [TestCase(null, "nginx", null, Grade.Warning)]
    [TestCase(null, "nginx!", null, Grade.Ok)]
    [TestCase("nginx", "", HttpStatusCode.Forbidden, Grade.Ok)]
    public async Task Examine_WhenThereIsAnIngress_LooksForItsClass(string? wanted, string names, HttpStatusCode? refusal, Grade grade)
    {
        (_classNames, _classes) = (names, refusal);

        var findings = await ExamineAsync(Options with { Ingress = new IngressOptions { Host = "agents.example.com", ClassName = wanted } });

        Assert.That(findings.Single(finding => finding.What == "ingress class").Grade, Is.EqualTo(grade));
    }

    [Test]
    public async Task Examine_WhenTheLeadersNamespaceIsMissing_IsAFault()
    {
        var findings = await ExamineAsync(Options, new LeadershipOptions("nowhere"));

        Assert.That(findings.Single(finding => finding.What == "leader's namespace").Grade, Is.EqualTo(Grade.Fault));
    }

    [TestCase("registry.example.com:5000/agents/runtime:1.2", Grade.Ok)]
    [TestCase("registry.example.com/runtime@sha256:0123", Grade.Ok)]
    [TestCase("registry.example.com:5000/agents/runtime", Grade.Warning)]
    [TestCase("runtime:latest", Grade.Warning)]
    public async Task Examine_WhenAnImageHasNoVersion_Warns(string image, Grade grade)
    {
        var findings = await ExamineAsync(Options with { Image = image });

        Assert.That(findings.Single(finding => finding.What == "AGENT_IMAGE").Grade, Is.EqualTo(grade));
    }

    private async Task<IReadOnlyList<Finding>> ExamineAsync(KubernetesOptions options, LeadershipOptions? leadership = null)
    {
        var connection = new ClusterConnection { Server = _address, Context = "test", Files = ["/kubeconfig"] };
        var findings = new Findings();
        await InfrastructureCheckups.Cluster(connection, options, leadership, TimeProvider.System).ExamineAsync(findings, CancellationToken.None);
        return findings.All;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/version":
                await WriteAsync(new JsonObject { ["major"] = "1", ["minor"] = _minor, ["gitVersion"] = $"v1.{_minor}" });
                break;
            case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
                var what = (await JsonNode.ParseAsync(context.Request.Body))!["spec"]!["resourceAttributes"]!;
                var subresource = what["subresource"] is { } sub ? $"/{sub}" : "";
                var asked = $"{what["verb"]} {what["group"]}/{what["resource"]}{subresource} {what["namespace"]}";
                _asked.Enqueue(asked);
                context.Response.StatusCode = 201;
                await WriteAsync(new JsonObject { ["status"] = new JsonObject { ["allowed"] = _allows(asked) } });
                break;
            case "/api/v1/namespaces/here":
                await WriteAsync(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "here" } });
                break;
            case "/apis/networking.k8s.io/v1/ingressclasses" when _classes is null:
                var items = _classNames.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name => (JsonNode)new JsonObject
                {
                    ["metadata"] = new JsonObject
                    {
                        ["name"] = name.TrimEnd('!'),
                        ["annotations"] = new JsonObject { ["ingressclass.kubernetes.io/is-default-class"] = name.EndsWith('!') ? "true" : "false" },
                    },
                });
                await WriteAsync(new JsonObject { ["metadata"] = new JsonObject(), ["items"] = new JsonArray(items.ToArray()) });
                break;
            default:
                var status = context.Request.Path.StartsWithSegments("/apis", StringComparison.Ordinal) ? _classes ?? HttpStatusCode.NotFound : HttpStatusCode.NotFound;
                context.Response.StatusCode = (int)status;
                await WriteAsync(new JsonObject { ["kind"] = "Status", ["reason"] = $"{status}", ["message"] = "no", ["details"] = new JsonObject { ["kind"] = "things" } });
                break;
        }

        Task WriteAsync(JsonObject body) => context.Response.WriteAsync(body.ToJsonString());
    }

    /// <summary>What <c>deploy/base/rbac.yaml</c> grants, sorted: in all namespaces, and with the name of one, in it.</summary>
    private static async Task<IReadOnlyList<string>> GrantedAsync(string leaderNamespace)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "base", "rbac.yaml"))));
        return
        [
            .. yaml.Documents.Select(document => document.RootNode).Where(root => $"{root["kind"]}" is "ClusterRole" or "Role")
                .SelectMany(role => Values(role["rules"]).SelectMany(rule => Values(rule["apiGroups"]).SelectMany(api => Values(rule["resources"]).SelectMany(
                    resource => Values(rule["verbs"]).Select(verb => $"{verb} {api}/{resource} {($"{role["kind"]}" == "Role" ? leaderNamespace : "")}")))))
                .Order(StringComparer.Ordinal),
        ];

        static IEnumerable<YamlNode> Values(YamlNode list) => ((YamlSequenceNode)list).Children;
    }
}
