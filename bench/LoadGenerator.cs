using System.Diagnostics;

namespace StackAgent.Bench;

/// <summary>
/// Asks for one address over a fixed number of connections, each with its next request as soon as the last one is answered. It runs on the
/// server's machine and takes its share of the processor: what it measures is what both can do together.
/// </summary>
/// <param name="account">Where the server is, and who asks.</param>
/// <param name="isAnonymous">True: nobody asks, and the server has no credential to check.</param>
internal sealed class LoadGenerator(HttpClient account, bool isAnonymous)
{
    public const int Connections = 16;
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public async Task<LoadResult> RunAsync(BenchServer server, string path)
    {
        await DriveAsync(path, WarmUp);
        var processor = server.ProcessorTime;
        var started = Stopwatch.GetTimestamp();
        var (latencies, size) = await DriveAsync(path, Duration);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var used = server.ProcessorTime - processor;

        Array.Sort(latencies);
        return new LoadResult(
            latencies.Length / elapsed.TotalSeconds,
            latencies.Percentile(0.5),
            latencies.Percentile(0.99),
            used.TotalMilliseconds / latencies.Length,
            size);
    }

    private async Task<(double[] Latencies, long Size)> DriveAsync(string path, TimeSpan duration)
    {
        // Below HttpClient: no redirects, cookies, activities or buffered bodies.
        using var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = Connections,
            UseCookies = false,
            AllowAutoRedirect = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
        };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var connections = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => ConnectAsync(invoker, path, until))));
        return (connections.SelectMany(connection => connection.Latencies).ToArray(), connections[0].Size);
    }

    private async Task<(List<double> Latencies, long Size)> ConnectAsync(HttpMessageInvoker invoker, string path, long until)
    {
        var address = new Uri(account.BaseAddress!, path);
        var authorization = isAnonymous ? null : account.DefaultRequestHeaders.Authorization!.ToString();
        var latencies = new List<double>(1 << 16);
        var buffer = new byte[64 << 10];
        var size = 0L;
        while (Stopwatch.GetTimestamp() < until)
        {
            var started = Stopwatch.GetTimestamp();
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var answer = await invoker.SendAsync(request, CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            await using var body = await answer.Content.ReadAsStreamAsync();
            size = 0;
            while (await body.ReadAsync(buffer) is var count and > 0)
                size += count;
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return (latencies, size);
    }
}

/// <summary>What came of one load.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="Median">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Processor">Milliseconds of the server's processor time a request.</param>
/// <param name="Size">Of one answer's body, in bytes.</param>
internal sealed record LoadResult(double Rate, double Median, double P99, double Processor, long Size);
