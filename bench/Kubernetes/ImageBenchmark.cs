using System.Diagnostics;
using System.IO.Compression;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Testing;

namespace StackAgent.Bench.Kubernetes;

/// <summary>What StackAgent's own image weighs, and how soon a server in the cluster answers when there was none.</summary>
internal static class ImageBenchmark
{
    private const string Image = "docker.io/local/stackagent:bench";
    private const string Selector = "app.kubernetes.io/name=stackagent";
    private const int Runs = 7;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    public static async Task RunAsync(BenchOptions options)
    {
        await using var cluster = await ClusterLab.OpenAsync(options);
        if (!cluster.HasNode)
            throw new InvalidOperationException("This cluster has no node, so that no pod would run.");

        using (var folder = new TemporaryFolder())
        {
            var archive = folder["image.tar"];
            await TestImage.BuildAsync(Image, archive, "--configuration", "Release");
            var sizes = new Table("image", "MB (of a million bytes)");
            sizes.Add("unpacked", Megabytes(new FileInfo(archive).Length));
            sizes.Add("as a registry sends it (gzip)", Megabytes(await CompressedAsync(archive)));
            sizes.Print("StackAgent's image, with the web interface");
            await TestImage.PutOnNodeAsync(archive);
        }

        await using var installation = await InCluster.StartAsync("many-nodes", Image);
        var (answers, ready) = (new List<double>(), new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            var (answered, saidReady) = await MeasureAsync(cluster, installation);
            answers.Add(answered);
            ready.Add(saidReady);
        }

        var table = new Table("from none wanted to one that is ready", "runs", "min s", "median s", "max s");
        Add(table, "/health/ready answers 200", answers);
        Add(table, "Kubernetes counts the pod as ready", ready);
        table.Print($"Cold start, the image on the node and the database there, {cluster.Description}");
    }

    /// <summary>As sizes of images are given.</summary>
    private static string Megabytes(long bytes) => $"{bytes / 1e6:F1}";

    private static async Task<(double Answers, double Ready)> MeasureAsync(ClusterLab cluster, InCluster installation)
    {
        using var stop = new CancellationTokenSource();
        var present = new Dictionary<string, Pod>(StringComparer.Ordinal);
        var pods = cluster.Watch<Pod>(Selector, change =>
        {
            lock (present)
            {
                if (change.Old is { } old && old.Metadata.Namespace == installation.Namespace)
                    present.Remove(old.Metadata.Name);
                if (change.New is { } pod && pod.Metadata.Namespace == installation.Namespace)
                    present[pod.Metadata.Name] = pod;
            }
        });
        var watching = pods.RunAsync(stop.Token);
        await pods.WaitForSyncAsync(stop.Token);
        await installation.ScaleAsync(0);
        await ClusterLab.UntilAsync(() => Present().Count == 0, "the servers to be gone");

        var started = Stopwatch.GetTimestamp();
        await installation.ScaleAsync(1);
        var counted = CountedAsync();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
        await ClusterLab.UntilAsync(AnswersAsync, "a server to answer", Look);
        var answered = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var ready = await counted;
        await stop.CancelAsync();
        await watching;
        return (answered, ready);

        IReadOnlyList<Pod> Present()
        {
            lock (present)
                return [.. present.Values];
        }

        async Task<double> CountedAsync()
        {
            await ClusterLab.UntilAsync(() => Present().Any(ClusterProbe.IsReady), "the pod to be ready", Look);
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        async Task<bool> AnswersAsync()
        {
            if (Present() is not [{ Status.PodIp: { } address }])
                return false;

            try
            {
                using var answer = await http.GetAsync($"http://{address}:8000/health/ready");
                return answer.IsSuccessStatusCode;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                return false;
            }
        }
    }

    private static void Add(Table table, string name, List<double> seconds) =>
        table.Add(name, $"{seconds.Count}", $"{seconds.Min():F2}", $"{seconds.Median():F2}", $"{seconds.Max():F2}");

    private static async Task<long> CompressedAsync(string path)
    {
        var counted = new CountingStream();
        await using (var compressed = new GZipStream(counted, CompressionLevel.Optimal, leaveOpen: true))
        {
            await using var file = File.OpenRead(path);
            await file.CopyToAsync(compressed);
        }

        return counted.Length;
    }

    /// <summary>Keeps nothing but how much it was.</summary>
    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position
        {
            get => _length;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _length += buffer.Length;
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
