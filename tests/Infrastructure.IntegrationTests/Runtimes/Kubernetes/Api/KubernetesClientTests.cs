using System.Net;
using System.Text;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api.InformerBed;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api;

/// <summary>The client against what a real API server doesn't do on demand.</summary>
internal sealed class KubernetesClientTests
{
    private const string Ns = InformerBed.Namespace;

    private FakeApiServer _server;
    private HttpClient _http;
    private KubernetesClient _client;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Put(new Infrastructure.Runtimes.Kubernetes.Api.Namespace { Metadata = new ObjectMeta { Name = Ns } });
        _http = _server.CreateHttpClient();
        _client = new KubernetesClient(_http, TimeProvider.System);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [TestCase("<html><body>Bad gateway</body></html>")]
    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("""{"details":{"causes":[null]},"message":7}""")]
    public void ApplyAsync_WhenAnErrorHasAnotherBody_ThrowsByItsStatus(string body)
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.BadGateway) { Body = body, RetryAfter = "7" });

        var failure = Assert.ThrowsAsync<KubernetesApiException>(ApplyAsync);

        Assert.That((failure.Status, failure.Reason, failure.RetryAfter), Is.EqualTo((HttpStatusCode.BadGateway, "BadGateway", TimeSpan.FromSeconds(7))));
        Assert.That(failure.Message, Is.EqualTo("The API server answered 502 (BadGateway)."));
    }

    [Test]
    public void ApplyAsync_WhenTheErrorIsHuge_ReadsNoMoreThanNeeded()
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.InternalServerError) { Body = $$"""{"message":"{{new string('x', 30_000)}}","reason":"InternalError"}""" });
        Assert.That(Assert.ThrowsAsync<KubernetesApiException>(ApplyAsync).Message, Has.Length.LessThan(2_100));

        _server.Inject(new FakeFault.Answer(HttpStatusCode.InternalServerError) { Body = new string('x', 10_000_000) });
        Assert.That(Assert.ThrowsAsync<KubernetesApiException>(ApplyAsync).Reason, Is.EqualTo("InternalServerError"));
    }

    [Test]
    public void ApplyAsync_WhenRetryAfterIsADate_CountsFromNow()
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.ServiceUnavailable) { RetryAfter = TimeProvider.System.GetUtcNow().AddHours(1).ToString("R") });
        Assert.That(Assert.ThrowsAsync<KubernetesApiException>(ApplyAsync).RetryAfter, Is.EqualTo(TimeSpan.FromHours(1)).Within(TimeSpan.FromMinutes(5)));

        _server.Inject(new FakeFault.Answer(HttpStatusCode.ServiceUnavailable) { RetryAfter = "Thu, 01 Jan 1970 00:00:00 GMT" });
        Assert.That(Assert.ThrowsAsync<KubernetesApiException>(ApplyAsync).RetryAfter, Is.Null);
    }

    [Test]
    public void ApplyAsync_WhenTheStatusNamesATime_TakesIt()
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.GatewayTimeout) { Body = """{"kind":"Status","reason":"ServerTimeout","details":{"retryAfterSeconds":4}}""" });

        var failure = Assert.ThrowsAsync<KubernetesApiException>(ApplyAsync);

        Assert.That((failure.Reason, failure.RetryAfter), Is.EqualTo(("ServerTimeout", TimeSpan.FromSeconds(4))));
    }

    [TestCase("<html>Welcome</html>")]
    [TestCase("null")]
    [TestCase("")]
    [TestCase("""{"metadata":{"name":""")]
    public void ApplyAsync_WhenASuccessIsNotKubernetes_ThrowsAConnectionFailure(string body)
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.OK) { Body = body });

        Assert.That(Assert.ThrowsAsync<KubernetesConnectionException>(ApplyAsync).Reason, Is.EqualTo("ClusterUnreachable"));
    }

    [Test]
    public void ApplyAsync_WhenTheConnectionIsCut_ThrowsAConnectionFailure()
    {
        _server.Inject(new FakeFault.Cut());
        Assert.That(Assert.ThrowsAsync<KubernetesConnectionException>(ApplyAsync).Reason, Is.EqualTo("ClusterUnreachable"));

        _server.Inject(new FakeFault.CutAfter());
        Assert.ThrowsAsync<KubernetesConnectionException>(ApplyAsync);
        Assert.That(_server.Find<Service>(Ns, "a"), Is.Not.Null, "The server had carried it out.");
    }

    [Test]
    public void ApplyAsync_WhenTheServerHangs_GivesUp()
    {
        _server.Inject(new FakeFault.Hang());
        var impatient = new KubernetesClient(_http, TimeProvider.System, new KubernetesClientOptions { RequestTimeout = TimeSpan.FromMilliseconds(200) });

        var failure = Assert.ThrowsAsync<KubernetesConnectionException>(() => impatient.ApplyAsync(ServiceNamed("a"), CancellationToken.None));

        Assert.That(failure.Message, Is.EqualTo("The cluster's API server didn't answer in time."));
    }

    [Test]
    public async Task ApplyAsync_WhenItIsCancelled_ThrowsThat()
    {
        _server.Inject(new FakeFault.Hang());
        using var cancellation = new CancellationTokenSource();
        var applying = _client.ApplyAsync(ServiceNamed("a"), cancellation.Token);
        await Eventually.TrueAsync(() => _server.Requests.Count == 1, "the request");
        await cancellation.CancelAsync();

        Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => applying);
    }

    [Test]
    public async Task GetAsync_WhenTheAddressHasAPath_KeepsIt()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_server.Address, "clusters/one") };
        var client = new KubernetesClient(http, TimeProvider.System);

        Assert.ThrowsAsync<KubernetesApiException>(() => client.GetAsync<Service>(Ns, "a", CancellationToken.None));
        Assert.That(_server.Requests.Single().Path, Is.EqualTo($"clusters/one/api/v1/namespaces/{Ns}/services/a"));
        Assert.That(await _client.GetAsync<Service>(Ns, "a", CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task GetAsync_WhenANameIsStrange_StaysInItsPlace()
    {
        await _client.GetAsync<Service>(Ns, "../../secrets?x=/#y", CancellationToken.None);

        Assert.That(_server.Requests.Single().Path, Is.EqualTo($"api/v1/namespaces/{Ns}/services/..%2F..%2Fsecrets?x=%2F#y"));
    }

    [Test]
    public void GetAsync_WhenANameIsMissing_RefusesInsteadOfMeaningAll()
    {
        Assert.ThrowsAsync<ArgumentException>(() => _client.DeleteAsync<Service>(Ns, "", null, CancellationToken.None));
        Assert.ThrowsAsync<ArgumentException>(() => _client.DeleteAsync<Service>("", "a", null, CancellationToken.None));
        Assert.ThrowsAsync<ArgumentNullException>(() => _client.GetAsync<Service>(null, "a", CancellationToken.None));
        Assert.That(_server.Requests, Is.Empty);
    }

    [Test]
    public async Task DeleteAsync_WhenTheEndTakesTime_IsFalseUntilItIsOver()
    {
        await ApplyAsync();
        _server.Objects.HoldDeletions = true;
        Assert.That(await _client.DeleteAsync<Service>(Ns, "a", null, CancellationToken.None), Is.False);
        Assert.That(await _client.DeleteAsync<Service>(Ns, "a", null, CancellationToken.None), Is.False);

        _server.Objects.HoldDeletions = false;
        Assert.That(await _client.DeleteAsync<Service>(Ns, "a", null, CancellationToken.None), Is.True);
    }

    [Test]
    public void DeleteAsync_WhenTheServerIsNotKubernetes_IsNotTakenForDone()
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.NotFound) { Body = "404 page not found" });

        Assert.ThrowsAsync<KubernetesApiException>(() => _client.DeleteAsync<Service>(Ns, "a", null, CancellationToken.None));
    }

    [Test]
    public async Task DeleteAsync_WhenAConflictIsAboutSomethingElse_IsNotTakenForDone()
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.Conflict));

        Assert.That(await _client.DeleteAsync<Service>(Ns, "a", "uid", CancellationToken.None), Is.False);
    }

    [Test]
    public async Task ReadLogAsync_WhenTheLogIsLongerThanTheLimit_HasItsEnd()
    {
        _server.Put(new Pod { Metadata = new ObjectMeta { Name = "pod", Namespace = Ns } });
        var text = new StringBuilder();
        for (var i = 0; i < 4_000; i++)
            text.Append("line ").Append(i).Append(' ').Append('x', 1_000).Append('\n');
        _server.SetLog(Ns, "pod", text.ToString());

        var lines = await _client.ReadLogAsync(Ns, "pod", "agent", 3_000, previous: false, 5_000, CancellationToken.None);

        Assert.That(lines.Select(line => line.Split(' ')[1]), Is.EqualTo(["3996", "3997", "3998", "3999"]));
    }

    [Test]
    public async Task ReadLogAsync_WhenALineIsLongerThanTheLimit_CutsIt()
    {
        _server.Put(new Pod { Metadata = new ObjectMeta { Name = "pod", Namespace = Ns } });
        _server.SetLog(Ns, "pod", $"first\n{new string('x', 3_000_000)}\n");

        var lines = await _client.ReadLogAsync(Ns, "pod", "agent", 10, previous: false, 1_000, CancellationToken.None);

        Assert.That(lines, Has.Count.EqualTo(1));
        Assert.That(lines[0], Does.StartWith(new string('x', 900)).And.EndsWith(" cut …]").And.Length.LessThan(1_050));
    }

    [Test]
    public async Task ReadLogAsync_WhenTheNodeHasCleanedUp_IsEmpty()
    {
        _server.Put(new Pod { Metadata = new ObjectMeta { Name = "pod", Namespace = Ns } });
        _server.SetLog(Ns, "pod", "unable to retrieve container logs for containerd://0123\n", previous: true);

        Assert.That(await _client.ReadLogAsync(Ns, "pod", "agent", 10, previous: true, 1_000, CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task ListEventsAsync_WhenThereAreOthers_HasOnlyTheObjects()
    {
        foreach (var (name, uid) in new[] { ("one", "uid-1"), ("two", "uid-2") })
        {
            _server.Put(new KubernetesEvent
            {
                Metadata = new ObjectMeta { Name = name, Namespace = Ns },
                Reason = name,
                InvolvedObject = new ObjectReference { Uid = uid },
            });
        }

        var events = await _client.ListEventsAsync(Ns, "uid-2", CancellationToken.None);

        Assert.That(events.Select(noted => noted.Reason), Is.EqualTo(["two"]));
    }

    private Task<Applied<Service>> ApplyAsync() => _client.ApplyAsync(ServiceNamed("a"), CancellationToken.None);
}
