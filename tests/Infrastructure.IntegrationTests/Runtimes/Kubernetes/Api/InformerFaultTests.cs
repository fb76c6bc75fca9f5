using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api.InformerBed;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api;

/// <summary>After each fault the copy is what the server has, and nobody had to do anything.</summary>
internal sealed class InformerFaultTests
{
    private FakeApiServer _server;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Put(new Infrastructure.Runtimes.Kubernetes.Api.Namespace { Metadata = new ObjectMeta { Name = InformerBed.Namespace } });
        _server.Put(ServiceNamed("a"));
    }

    [TearDown]
    public ValueTask StopAsync() => _server.DisposeAsync();

    [Test]
    public async Task RunAsync_WhenThereAreChangesInAGapThatIsForgotten_ListsAgainAndReportsThemWithTheDeletions()
    {
        _server.Put(ServiceNamed("b"));
        _server.Put(ServiceNamed("c"));
        await using var bed = new InformerBed(_server);
        await WatchingAsync(bed);

        _server.Silent = true;
        _server.Remove<Service>(InformerBed.Namespace, "a");
        _server.Put(ServiceNamed("b", "2"));
        _server.Put(ServiceNamed("d"));
        _server.ForgetHistory();
        _server.Silent = false;
        _server.CutWatches();

        await bed.NamesBecomeAsync("b", "c", "d");
        await Eventually.TrueAsync(() => bed.Changes.Count == 6, "the changes");
        Assert.That(bed.Changes.Skip(3), Is.EquivalentTo(["-a", "~b", "+d"]));
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(2));
        await Eventually.TrueAsync(() => _server.OpenWatches == 1, "one watch");
        Assert.That(bed.Informer.Trouble, Is.Null);
        Assert.That(bed.Log.At(LogLevel.Warning), Is.Empty, "An end of history is nothing to worry about.");
    }

    [Test]
    public async Task RunAsync_WhenTheWatchIsAnswered410_ListsAgain()
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.Gone, request => request.IsWatch));
        await using var bed = new InformerBed(_server);
        await WatchingAsync(bed);

        _server.Put(ServiceNamed("b"));
        await bed.NamesBecomeAsync("a", "b");
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(2));
        Assert.That(bed.Changes, Is.EqualTo(["+a", "+b"]));
    }

    [Test]
    public async Task RunAsync_WhenTheConnectionIsCutInTheMiddleOfAnEvent_GoesOnFromBeforeIt()
    {
        await using var bed = new InformerBed(_server);
        await WatchingAsync(bed);
        _server.TearNextEvents();

        _server.Put(ServiceNamed("b"));
        _server.Remove<Service>(InformerBed.Namespace, "a");

        await bed.NamesBecomeAsync("b");
        Assert.That(bed.Changes, Is.EqualTo(["+a", "+b", "-a"]));
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(1));
        Assert.That(bed.Log.At(LogLevel.Warning), Is.Empty);
    }

    [Test]
    public async Task RunAsync_WhenEveryEventIsTornForAWhile_SaysSoAndRecovers()
    {
        await using var bed = new InformerBed(_server);
        await WatchingAsync(bed);
        _server.TearNextEvents(5);

        _server.Put(ServiceNamed("b"));

        await bed.NamesBecomeAsync("a", "b");
        await Eventually.TrueAsync(() => bed.Informer.Trouble is null, "the trouble to be over");
        Assert.That(bed.Changes, Is.EqualTo(["+a", "+b"]));
        // The cut may come before the answer's head is read, which is another cause.
        Assert.That(bed.Log.At(LogLevel.Warning), Has.Count.InRange(1, 2));
    }

    [Test]
    public async Task RunAsync_WhenTheWatchFallsSilent_CutsItAndMissesNothing()
    {
        await using var bed = new InformerBed(_server, Options with { IdleLimit = TimeSpan.FromMilliseconds(300) });
        await WatchingAsync(bed);

        _server.Silent = true;
        _server.Put(ServiceNamed("b"));
        var watches = _server.Requests.Count(request => request.IsWatch);
        await Eventually.TrueAsync(() => _server.Requests.Count(request => request.IsWatch) > watches, "another watch");
        _server.Silent = false;

        await bed.NamesBecomeAsync("a", "b");
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_WhenTheListIsRefusedWithRetryAfter_WaitsThatLong()
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.TooManyRequests, request => request.IsList) { RetryAfter = "1" });
        var started = Stopwatch.GetTimestamp();
        await using var bed = new InformerBed(_server);
        await bed.SyncedAsync();

        Assert.That(Stopwatch.GetElapsedTime(started), Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(0.99)));
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(2));
        Assert.That(bed.Changes, Is.EqualTo(["+a"]));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task RunAsync_WhenTheServerFailsForAWhile_SaysSoOnceAndRecovers(bool whileWatching)
    {
        _server.Inject(new FakeFault.Answer(HttpStatusCode.InternalServerError, request => request.IsWatch == whileWatching, Times: 10));
        await using var bed = new InformerBed(_server);
        await Eventually.TrueAsync(() => bed.Informer.Trouble is not null, "trouble");
        Assert.That(bed.Informer.Trouble?.Message, Does.Contain("API server failed"));
        Assert.That(bed.Informer.Trouble?.Since, Is.Not.Null);

        await WatchingAsync(bed);

        _server.Put(ServiceNamed("b"));
        await bed.NamesBecomeAsync("a", "b");
        Assert.That(bed.Changes, Is.EqualTo(["+a", "+b"]));
        Assert.That(bed.Informer.Trouble, Is.Null);
        Assert.That(bed.Informer.Trouble?.Since, Is.Null);
        Assert.That(bed.Log.At(LogLevel.Warning), Has.Count.EqualTo(1));
        Assert.That(bed.Log.At(LogLevel.Information), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_WhenTheServerIsDownAtFirst_ListsWhenItIsUp()
    {
        await _server.StopAsync();
        await using var bed = new InformerBed(_server);
        await Eventually.TrueAsync(() => bed.Informer.Trouble is not null, "trouble");
        Assert.That(bed.Informer.IsSynced, Is.False);
        Assert.That(bed.Informer.Trouble?.Message, Is.EqualTo("StackAgent couldn't watch services. The cluster's API server can't be reached (Connection refused)."));

        await _server.StartAsync();

        await WatchingAsync(bed);
        Assert.That(bed.Changes, Is.EqualTo(["+a"]));
        Assert.That(bed.Informer.Trouble, Is.Null);
    }

    [Test]
    public async Task RunAsync_WhenTheServerGoesAndComesBack_KeepsTheCopyMeanwhileAndCatchesUp()
    {
        await using var bed = new InformerBed(_server);
        await WatchingAsync(bed);

        await _server.StopAsync();
        await Eventually.TrueAsync(() => bed.Informer.Trouble is not null, "trouble");
        Assert.That(bed.Names, Is.EqualTo(["a"]));
        _server.Put(ServiceNamed("b"));
        await _server.StartAsync();

        await bed.NamesBecomeAsync("a", "b");
        Assert.That(bed.Informer.Trouble, Is.Null);
        Assert.That(bed.Informer.IsSynced, Is.True);
    }

    [Test]
    public async Task RunAsync_WhenTheServerHangs_GivesUpAndTriesAgain()
    {
        _server.Inject(new FakeFault.Hang(request => request.IsList));
        _server.Inject(new FakeFault.Hang(request => request.IsWatch));
        await using var bed = new InformerBed(_server, requestTimeout: TimeSpan.FromMilliseconds(500));
        await WatchingAsync(bed);

        Assert.That(bed.Changes, Is.EqualTo(["+a"]));
    }

    [Test]
    public async Task RunAsync_WhenItIsCancelledAtAnyPoint_Returns()
    {
        _server.Inject(new FakeFault.Hang(request => request.IsList));
        await using (new InformerBed(_server))
            await Eventually.TrueAsync(() => _server.Requests.Any(request => request.IsList), "a list");

        await using (var watching = new InformerBed(_server))
            await WatchingAsync(watching);

        await Eventually.TrueAsync(() => _server.OpenWatches == 0, "the watch to be closed");
    }

    private Task WatchingAsync(InformerBed bed) =>
        Eventually.TrueAsync(() => bed.Informer.IsSynced && _server.OpenWatches == 1, "the informer to watch");
}
