using System.Net;
using System.Text;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api;

internal sealed class WatchTests
{
    private const int Limit = 1024 * 1024;

    [Test]
    public async Task ReadAllAsync_WhenLinesComeInPieces_PutsThemTogether()
    {
        const string text = """
            {"type":"ADDED","object":{"metadata":{"name":"ä","resourceVersion":"1"},"unknown":[{"a":{}}]}}

            {"object":{"metadata":{"name":"b","resourceVersion":"2"}},"more":{"type":"ERROR"},"type":"DELETED"}
            {"type":"BOOKMARK","object":{"kind":"Service","metadata":{"resourceVersion":"3","creationTimestamp":null}}}

            """;
        for (var piece = 1; piece < 200; piece += 13)
        {
            var events = await ReadAsync(text, piece);
            Assert.That(
                events.Select(change => $"{change.Type} {change.Object.Metadata.Name} {change.Object.Metadata.ResourceVersion}"),
                Is.EqualTo(["Added ä 1", "Deleted b 2", "Bookmark  3"]));
        }
    }

    [Test]
    public async Task ReadAllAsync_WhenAnEventIsLong_ReadsIt()
    {
        var padding = new string('x', Limit - 200);

        var events = await ReadAsync("""{"type":"ADDED","object":{"metadata":{"name":"long","annotations":{"a":"X"}}}}""".Replace("X", padding, StringComparison.Ordinal) + "\n", 65_536);

        Assert.That(events.Single().Object.Metadata.Annotations!["a"], Has.Length.EqualTo(padding.Length));
    }

    [TestCase("""{"type":"ADDED","object":{"metadata":{"na""", "breaking off")]
    [TestCase("""{"type":"ADDED","object":{"metadata":{"name":"a"}}}""", "breaking off")]
    [TestCase("""{"type":"RENAMED","object":{"metadata":{"name":"a"}}}""" + "\n", "makes no sense")]
    [TestCase("""{"object":{"metadata":{"name":"a"}}}""" + "\n", "makes no sense")]
    [TestCase("""{"type":"ADDED"}""" + "\n", "makes no sense")]
    [TestCase("""{"type":"ADDED","object":null}""" + "\n", "makes no sense")]
    [TestCase("""{"type":"ADDED","object":{"metadata":{"name":1}}}""" + "\n", "makes no sense")]
    [TestCase("""{"type":7,"object":{}}""" + "\n", "makes no sense")]
    [TestCase("<html>\n", "makes no sense")]
    [TestCase("[1]\n", "makes no sense")]
    public void ReadAllAsync_WhenTheStreamIsBroken_ThrowsThat(string text, string message)
    {
        var failure = Assert.ThrowsAsync<KubernetesConnectionException>(() => ReadAsync(text, 7));

        Assert.That(failure.Message, Does.Contain(message));
    }

    [Test]
    public void ReadAllAsync_WhenALineDoesNotEnd_StopsAtTheLimit()
    {
        var failure = Assert.ThrowsAsync<KubernetesConnectionException>(() => ReadAsync(new string('x', 2 * Limit), 65_536));

        Assert.That(failure.Message, Does.Contain($"more than {Limit} bytes"));
    }

    [Test]
    public void ReadAllAsync_WhenTheServerSendsAnError_ThrowsIt()
    {
        const string text = """{"type":"ERROR","object":{"kind":"Status","message":"too old resource version: 1 (5)","reason":"Expired","code":410}}""" + "\n";

        var failure = Assert.ThrowsAsync<KubernetesApiException>(() => ReadAsync(text, 50));

        Assert.That((failure.Status, failure.Reason, failure.IsExpired), Is.EqualTo((HttpStatusCode.Gone, "Expired", true)));
    }

    private static async Task<List<WatchEvent<Service>>> ReadAsync(string text, int piece)
    {
        using var watch = new Watch<Service>(new HttpResponseMessage(), new PiecewiseStream(Encoding.UTF8.GetBytes(text), piece), Limit);
        return await watch.ReadAllAsync(CancellationToken.None).ToListAsync();
    }

    private sealed class PiecewiseStream(byte[] content, int piece) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
