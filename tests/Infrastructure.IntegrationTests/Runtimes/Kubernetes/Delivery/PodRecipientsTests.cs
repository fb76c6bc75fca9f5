using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Delivery;

/// <summary>Who gets which code: what the cluster says of a token, and what the pod says of itself, have to agree.</summary>
internal sealed class PodRecipientsTests
{
    private static readonly AgentRef Agent = new(Guid.CreateVersion7(), Guid.CreateVersion7());
    private static readonly string Ns = Stack.NamespaceFor(Agent.StackId);
    private static readonly string Name = $"agent-{Agent.AgentId}-6d4cf56db6-abcde";

    private readonly List<JsonNode> _reviews = [];

    [SetUp]
    public void Forget() => _reviews.Clear();

    [Test]
    public async Task Identify_WhenTheClusterKnowsTheTokenOfAnAgentsPod_GivesTheRevisionOfThePod()
    {
        var recipient = await IdentifyAsync(Token(), Review());

        Assert.That(recipient, Is.EqualTo(new CodeRecipient(Agent, 4)));
        Assert.That($"{_reviews.Single()["spec"]!["token"]}", Is.EqualTo(Token()));
        Assert.That(_reviews.Single()["spec"]!["audiences"]!.ToJsonString(), Is.EqualTo("""["stackagent"]"""));
    }

    [TestCase("")]
    [TestCase("sak_0123456789012345678901234567890123456789012")]
    [TestCase("a.b.c")]
    [TestCase("a..c")]
    [TestCase("a.bnVsbA.c", Description = "null")]
    [TestCase("a.W10.c", Description = "an empty array")]
    public async Task Identify_WhenItIsNoPodsToken_AsksNobody(string token)
    {
        Assert.That(await IdentifyAsync(token, Review()), Is.Null);
        Assert.That(_reviews, Is.Empty);
    }

    [Test]
    public async Task Identify_WhenTheTokenIsMeantForTheApiServer_AsksNobody()
    {
        Assert.That(await IdentifyAsync(Token(audience: "https://kubernetes.default.svc"), Review()), Is.Null);
        Assert.That(await IdentifyAsync(Token() + new string('x', 10_000), Review()), Is.Null);
        Assert.That(_reviews, Is.Empty);
    }

    [TestCase("another-pod", "uid")]
    [TestCase(null, "another-uid")]
    public void Identify_WhenThePodIsNotKnown_TellsToComeAgainAndAsksNobody(string? name, string uid)
    {
        Assert.That(() => IdentifyAsync(Token(name: name, uid: uid), Review()), Throws.TypeOf<UnavailableException>());
        Assert.That(_reviews, Is.Empty);
    }

    private static IEnumerable<TestCaseData> Lies()
    {
        yield return Lie("not authenticated", status => status["authenticated"] = false);
        yield return Lie("no audience, as of a cluster that doesn't look at it", status => status.Remove("audiences"));
        yield return Lie("another audience", status => status["audiences"] = new JsonArray("other"));
        yield return Lie("another namespace", status => status["user"]!["username"] = "system:serviceaccount:default:default");
        yield return Lie("a person", status => status["user"]!["username"] = "admin");
        yield return Lie("no pod", status => status["user"]!["extra"]!.AsObject().Clear());
        yield return Lie("another pod", status => status["user"]!["extra"]!["authentication.kubernetes.io/pod-name"] = new JsonArray("other"));
        yield return Lie("an earlier pod of the name", status => status["user"]!["extra"]!["authentication.kubernetes.io/pod-uid"] = new JsonArray("other"));
        yield return Lie("two pods", status => status["user"]!["extra"]!["authentication.kubernetes.io/pod-uid"] = new JsonArray("uid", "other"));
        yield return Lie("nothing", status => status.Clear());

        static TestCaseData Lie(string name, Action<JsonObject> change) => new TestCaseData(change).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Lies))]
    public async Task Identify_WhenTheClusterSaysSomethingElse_GivesNothing(Action<JsonObject> change)
    {
        var answer = Review();
        change(answer["status"]!.AsObject());

        Assert.That(await IdentifyAsync(Token(), answer), Is.Null);
    }

    [Test]
    public async Task Identify_WhenThePodMountsItsCode_GivesNothing()
    {
        var pod = Pod() with { Metadata = Pod().Metadata with { Annotations = null } };

        Assert.That(await IdentifyAsync(Token(), Review(), pod), Is.Null);
        Assert.That(_reviews, Is.Empty);
    }

    [TestCase(HttpStatusCode.Forbidden, "deploy/")]
    [TestCase(HttpStatusCode.InternalServerError, "tries again")]
    public void Identify_WhenTheClusterDoesNotSay_TellsWhyAndToComeAgain(HttpStatusCode status, string hint)
    {
        var answer = JsonNode.Parse($$"""{"kind":"Status","message":"User \"x\" cannot create resource","reason":"{{status}}","details":{"kind":"tokenreviews"} }""")!;

        var fault = Assert.ThrowsAsync<UnavailableException>(() => IdentifyAsync(Token(), answer, status: status));

        Assert.That(fault.Message, Does.Contain("check the token of an agent's pod").And.Contain(hint));
    }

    private async Task<CodeRecipient?> IdentifyAsync(string token, JsonNode answer, Pod? pod = null, HttpStatusCode status = HttpStatusCode.Created)
    {
        using var http = new HttpClient(new Cluster(_reviews, status, answer)) { BaseAddress = new Uri("https://cluster.example") };
        return await new PodRecipients(new Pods(pod ?? Pod()), new KubernetesClient(http, TimeProvider.System)).IdentifyAsync(token, CancellationToken.None);
    }

    private static Pod Pod() => new()
    {
        Metadata = new ObjectMeta
        {
            Name = Name,
            Namespace = Ns,
            Uid = "uid",
            Labels = new ObjectLabels(Guid.NewGuid()).Of(Agent),
            Annotations = new Dictionary<string, string> { [CodeFetchPod.CodeAnnotation] = "4" },
        },
    };

    private static string Token(string audience = "stackagent", string? name = null, string uid = "uid")
    {
        var claims = new Dictionary<string, object>
        {
            ["aud"] = new[] { audience },
            ["kubernetes.io"] = new Dictionary<string, object> { ["namespace"] = Ns, ["pod"] = new { name = name ?? Name, uid } },
        };
        return $"e30.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}.c2ln";
    }

    private static JsonNode Review() => JsonNode.Parse($$$"""
        {"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{"token":"t"},"status":{"authenticated":true,"audiences":["stackagent"],"user":{
        "username":"system:serviceaccount:{{{Ns}}}:default","uid":"u","groups":["system:authenticated"],
        "extra":{"authentication.kubernetes.io/pod-name":["{{{Name}}}"],"authentication.kubernetes.io/pod-uid":["uid"]} } } }
        """)!;

    private sealed class Pods(Pod known) : IPodDirectory
    {
        public Pod? Find(string ns, string name) => (ns, name) == (known.Metadata.Namespace, known.Metadata.Name) ? known : null;
    }

    private sealed class Cluster(List<JsonNode> reviews, HttpStatusCode status, JsonNode answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.That((request.Method, request.RequestUri!.AbsolutePath), Is.EqualTo((HttpMethod.Post, "/apis/authentication.k8s.io/v1/tokenreviews")));
            reviews.Add(JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!);
            return new HttpResponseMessage(status) { Content = new StringContent(answer.ToJsonString(), Encoding.UTF8, "application/json") };
        }
    }
}
