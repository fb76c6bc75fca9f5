using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api.InformerBed;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api;

internal sealed class InformerTests
{
    private FakeApiServer _server;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Put(new Infrastructure.Runtimes.Kubernetes.Api.Namespace { Metadata = new ObjectMeta { Name = InformerBed.Namespace } });
    }

    [TearDown]
    public ValueTask StopAsync() => _server.DisposeAsync();

    [Test]
    public async Task RunAsync_WhenThereAreObjects_ListsThemOnceAndWatchesOn()
    {
        _server.Put(ServiceNamed("a"));
        await using var bed = new InformerBed(_server);
        await bed.SyncedAsync();
        Assert.That(bed.Changes, Is.EqualTo(["+a"]));

        _server.Put(ServiceNamed("b"));
        _server.Put(ServiceNamed("a", "2"));
        _server.Remove<Service>(InformerBed.Namespace, "b");

        await Eventually.TrueAsync(() => bed.Changes.Count == 4, "four changes");
        Assert.That(bed.Changes, Is.EqualTo(["+a", "+b", "~a", "-b"]));
        Assert.That(bed.Informer.TryGet(InformerBed.Namespace, "a")!.Spec.Selector!["app"], Is.EqualTo("2"));
        Assert.That(bed.Informer.TryGet(InformerBed.Namespace, "b"), Is.Null);
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(1));
        Assert.That(_server.Requests.Count(request => request.IsWatch), Is.EqualTo(1));
        Assert.That(bed.Informer.Trouble, Is.Null);
        Assert.That(bed.Informer.LastContact, Is.Not.Null);
    }

    [Test]
    public async Task RunAsync_WhenObjectsAreOthers_LeavesThemOut()
    {
        var foreign = ServiceNamed("foreign");
        _server.Put(foreign with { Metadata = foreign.Metadata with { Labels = null } });
        _server.Put(ServiceNamed("ours"));
        await using var bed = new InformerBed(_server);
        await bed.SyncedAsync();

        _server.Edit<Service>(InformerBed.Namespace, "foreign", service => service["spec"]!["selector"] = new JsonObject { ["app"] = "3" });
        _server.Edit<Service>(InformerBed.Namespace, "ours", service => service["metadata"]!["labels"] = new JsonObject());

        await bed.NamesBecomeAsync();
        Assert.That(bed.Changes, Is.EqualTo(["+ours", "-ours"]));
    }

    [Test]
    public async Task RunAsync_WhenThereAreManyObjects_ListsThemInPages()
    {
        for (var i = 0; i < 25; i++)
            _server.Put(ServiceNamed($"s{i:00}"));
        await using var bed = new InformerBed(_server, Options with { PageSize = 10 });
        await bed.SyncedAsync();

        Assert.That(bed.Informer.Snapshot(), Has.Count.EqualTo(25));
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(3));
    }

    [Test]
    public async Task RunAsync_WhenAPageTokenExpires_ListsAnew()
    {
        for (var i = 0; i < 25; i++)
            _server.Put(ServiceNamed($"s{i:00}"));
        _server.Inject(new FakeFault.Answer(System.Net.HttpStatusCode.Gone, request => request.Query.Contains("continue=", StringComparison.Ordinal)));
        await using var bed = new InformerBed(_server, Options with { PageSize = 10 });
        await bed.SyncedAsync();

        Assert.That(bed.Informer.Snapshot(), Has.Count.EqualTo(25));
        Assert.That(bed.Changes.Distinct(), Has.Exactly(25).Items);
    }

    [Test]
    public async Task RunAsync_WhenTheWatchEndsAfterABookmark_GoesOnFromThereWithoutListing()
    {
        _server.Put(ServiceNamed("a"));
        await using var bed = new InformerBed(_server);
        await bed.SyncedAsync();
        await Eventually.TrueAsync(() => _server.OpenWatches == 1, "a watch");

        // Other objects move the server's version on, of which only bookmarks tell.
        _server.Put(new Infrastructure.Runtimes.Kubernetes.Api.Namespace { Metadata = new ObjectMeta { Name = "other" } });
        var version = _server.Objects.Version;
        var contact = bed.Informer.LastContact;
        _server.SendBookmarks();
        await Eventually.TrueAsync(() => bed.Informer.LastContact > contact, "the bookmark to arrive");
        _server.EndWatches();

        await Eventually.TrueAsync(() => _server.Requests.Count(request => request.IsWatch) == 2, "a second watch");
        Assert.That(_server.Requests[^1].Query, Does.Contain($"resourceVersion={version}&"));
        Assert.That(_server.Requests.Count(request => request.IsList), Is.EqualTo(1));
        Assert.That(bed.Changes, Is.EqualTo(["+a"]));
    }

    [Test]
    public async Task RunAsync_WhenAnObjectIsMadeAnewInAGap_ReportsTheEndOfTheOldOne()
    {
        _server.Put(ServiceNamed("a"));
        await using var bed = new InformerBed(_server);
        await bed.SyncedAsync();

        await _server.StopAsync();
        _server.Remove<Service>(InformerBed.Namespace, "a");
        _server.Put(ServiceNamed("a"));
        _server.ForgetHistory();
        await _server.StartAsync();

        await Eventually.TrueAsync(() => bed.Changes.Count == 3, "three changes");
        Assert.That(bed.Changes, Is.EqualTo(["+a", "-a", "+a"]));
    }

    [Test]
    public async Task RunAsync_WhenThereIsAProjection_KeepsOnlyWhatItLeaves()
    {
        _server.Put(ServiceNamed("a"));
        await using var bed = new InformerBed(_server, project: service => service with { Spec = new ServiceSpec() });
        await bed.SyncedAsync();
        _server.Put(ServiceNamed("b"));
        await bed.NamesBecomeAsync("a", "b");

        Assert.That(bed.Informer.Snapshot().Select(service => service.Spec.Ports), Is.All.Null);
    }

    [Test]
    public async Task RunAsync_WhenACallbackFails_LogsThatAndGoesOn()
    {
        _server.Put(ServiceNamed("a"));
        await using var bed = new InformerBed(_server, onChange: () => throw new InvalidOperationException("planted"));
        await bed.SyncedAsync();
        _server.Put(ServiceNamed("b"));

        await bed.NamesBecomeAsync("a", "b");
        Assert.That(bed.Log.At(LogLevel.Error), Has.Count.EqualTo(2));
        Assert.That(_server.Requests.Count(request => request.IsWatch), Is.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_WhenThereAreThousandsOfChanges_ReportsEachObjectsInOrder()
    {
        await using var bed = new InformerBed(_server);
        await bed.SyncedAsync();

        for (var i = 0; i < 1_000; i++)
            _server.Put(ServiceNamed($"s{i % 7}", $"{i}"));

        await Eventually.TrueAsync(() => bed.Changes.Count == 1_000, "all changes");
        Assert.That(Enumerable.Range(0, 7).Select(i => bed.Informer.TryGet(InformerBed.Namespace, $"s{i}")!.Spec.Selector!["app"]),
            Is.EqualTo(Enumerable.Range(0, 7).Select(i => $"{Enumerable.Range(0, 1_000).Last(value => value % 7 == i)}")));
    }
}
