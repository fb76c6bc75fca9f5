using System.Net;
using System.Text.Json.Nodes;
using NSubstitute;
using StackAgent.Application.Common;
using StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Leadership;

/// <summary>Candidates for the lead at an API server that fails as told, each with a clock of its own.</summary>
public sealed class LeaseCandidacyTests
{
    private const string Place = "stackagent";
    private static readonly LeadershipPace Pace = new();
    private static readonly Guid Installation = Guid.NewGuid();

    private readonly List<IDisposable> _clients = [];
    private FakeApiServer _cluster;
    private ManualTimeProvider _oneTime;
    private ManualTimeProvider _otherTime;
    private LeaseCandidacy _one;
    private LeaseCandidacy _other;

    [SetUp]
    public async Task SetUpAsync()
    {
        _cluster = await FakeApiServer.StartAsync();
        _cluster.Objects.Edit(new FakeObjectId(Namespace.Kind, null, Place), _ => { }, manager: "kubectl", create: true);
        // Years apart, and neither matters to the other.
        _oneTime = new ManualTimeProvider(new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _otherTime = new ManualTimeProvider(new DateTimeOffset(2006, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _one = Candidate("one", _oneTime);
        _other = Candidate("other", _otherTime);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Test]
    public async Task Try_WhenTheHolderIsSilent_TakesOverAfterItsTermByTheOwnClockAlone()
    {
        Assert.That((await _one.TryAsync(CancellationToken.None)).Tenure, Is.Not.Null);
        Assert.That(await _other.TryAsync(CancellationToken.None), Is.EqualTo(new Attempt(Tenure: null, "one")));

        _otherTime.Advance(Pace.Duration - TimeSpan.FromMilliseconds(1));
        Assert.That(await _other.TryAsync(CancellationToken.None), Is.EqualTo(new Attempt(Tenure: null, "one")));

        _otherTime.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That((await _other.TryAsync(CancellationToken.None)).Tenure, Is.Not.Null);
        Assert.That(Spec()["holderIdentity"]!.GetValue<string>(), Is.EqualTo("other"));
        Assert.That(Spec()["leaseTransitions"]!.GetValue<int>(), Is.EqualTo(1));
        Assert.That(Spec()["renewTime"]!.GetValue<string>(), Is.EqualTo("2006-01-01T00:00:10.000000Z"), "as Kubernetes wants it");
    }

    [Test]
    public async Task Try_WhenTheHolderRenews_CountsAnew()
    {
        var tenure = (await _one.TryAsync(CancellationToken.None)).Tenure!;
        for (var round = 0; round < 5; round++)
        {
            Assert.That((await _other.TryAsync(CancellationToken.None)).Tenure, Is.Null);
            _otherTime.Advance(Pace.Duration - TimeSpan.FromSeconds(1));
            _oneTime.Advance(Pace.RenewInterval);
            Assert.That(await tenure.RenewAsync(CancellationToken.None));
        }
    }

    [Test]
    public async Task Renew_WhenAnotherHasTakenOver_SaysThatItIsLostAndTakesNothingBack()
    {
        var tenure = (await _one.TryAsync(CancellationToken.None)).Tenure!;
        await _other.TryAsync(CancellationToken.None);
        _otherTime.Advance(Pace.Duration);
        var next = (await _other.TryAsync(CancellationToken.None)).Tenure!;

        Assert.That(await tenure.RenewAsync(CancellationToken.None), Is.False);
        await tenure.ReleaseAsync(CancellationToken.None);
        Assert.That(await next.RenewAsync(CancellationToken.None));
    }

    [Test]
    public async Task Release_WhenItIsHeld_LetsAnotherTakeOverAtOnce()
    {
        var tenure = (await _one.TryAsync(CancellationToken.None)).Tenure!;
        Assert.That((await _other.TryAsync(CancellationToken.None)).Tenure, Is.Null);
        await tenure.ReleaseAsync(CancellationToken.None);
        Assert.That((await _other.TryAsync(CancellationToken.None)).Tenure, Is.Not.Null);
    }

    [Test]
    public async Task Try_WhenSeveralTakeOverAtOnce_OneSucceeds()
    {
        await _one.TryAsync(CancellationToken.None);
        var times = Enumerable.Range(0, 8).Select(_ => new ManualTimeProvider()).ToList();
        var candidates = times.Select((time, index) => Candidate($"candidate {index}", time)).ToList();
        await Task.WhenAll(candidates.Select(candidate => candidate.TryAsync(CancellationToken.None)));
        times.ForEach(time => time.Advance(Pace.Duration));

        var attempts = await Task.WhenAll(candidates.Select(candidate => candidate.TryAsync(CancellationToken.None)));
        Assert.That(attempts.Count(attempt => attempt.Tenure is not null), Is.EqualTo(1));
    }

    [Test]
    public async Task Try_WhenSeveralBeginAtOnce_OneSucceeds()
    {
        var candidates = Enumerable.Range(0, 8).Select(index => Candidate($"candidate {index}", new ManualTimeProvider()));
        var attempts = await Task.WhenAll(candidates.Select(candidate => candidate.TryAsync(CancellationToken.None)));
        Assert.That(attempts.Count(attempt => attempt.Tenure is not null), Is.EqualTo(1));
    }

    [Test]
    public async Task Try_WhenTheAnswerToTheOwnWriteWasLost_KnowsItsOwn()
    {
        _cluster.Inject(new FakeFault.CutAfter(request => request.Method == "POST"));
        Assert.That(async () => await _one.TryAsync(CancellationToken.None), Throws.InstanceOf<KubernetesConnectionException>());
        Assert.That((await _one.TryAsync(CancellationToken.None)).Tenure, Is.Not.Null);
    }

    [Test]
    public async Task Renew_WhenTheAnswerToTheLastRenewalWasLost_GoesOn()
    {
        var tenure = (await _one.TryAsync(CancellationToken.None)).Tenure!;
        _oneTime.Advance(Pace.RenewInterval);
        _cluster.Inject(new FakeFault.CutAfter(request => request.Method == "PUT"));
        Assert.That(async () => await tenure.RenewAsync(CancellationToken.None), Throws.InstanceOf<KubernetesConnectionException>());

        _oneTime.Advance(Pace.RenewInterval);
        Assert.That(await tenure.RenewAsync(CancellationToken.None));
    }

    [Test]
    public async Task Renew_WhenTheClusterRefuses_SaysWhyAndNotThatItIsLost()
    {
        var tenure = (await _one.TryAsync(CancellationToken.None)).Tenure!;
        _cluster.Inject(new FakeFault.Answer(HttpStatusCode.ServiceUnavailable));
        Assert.That(async () => await tenure.RenewAsync(CancellationToken.None), Throws.InstanceOf<KubernetesApiException>());
        Assert.That(await tenure.RenewAsync(CancellationToken.None));
    }

    private JsonObject Spec() => JsonNode.Parse(_cluster.Objects.Find(new FakeObjectId(Lease.Kind, Place, $"stackagent-{Installation}"))!)!["spec"]!.AsObject();

    private LeaseCandidacy Candidate(string identity, TimeProvider time)
    {
        var installation = Substitute.For<IInstallation>();
        installation.GetIdAsync(CancellationToken.None).ReturnsForAnyArgs(ValueTask.FromResult(Installation));
        var http = _cluster.CreateHttpClient();
        _clients.Add(http);
        return new LeaseCandidacy(new KubernetesClient(http, TimeProvider.System), Place, installation, identity, Pace, time);
    }
}
