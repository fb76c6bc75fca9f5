using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Threading.Channels;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Bench.Kubernetes;

/// <summary>Says of pods that nobody runs that they are ready, as a node's kubelet would of pods that start in no time.</summary>
internal sealed class FakeKubelet : IAsyncDisposable
{
    private const int Workers = 8;

    private readonly Channel<Pod> _pods = Channel.CreateUnbounded<Pod>();
    private readonly HttpClient _http;
    private readonly Task _working;
    private int _addresses;

    public FakeKubelet(HttpClient http)
    {
        _http = http;
        _working = Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync()));
    }

    public void Start(Pod pod)
    {
        if (pod.Metadata.DeletionTimestamp is null)
            _pods.Writer.TryWrite(pod);
    }

    public async ValueTask DisposeAsync()
    {
        _pods.Writer.Complete();
        await _working;
    }

    private async Task WorkAsync()
    {
        await foreach (var pod in _pods.Reader.ReadAllAsync())
            await MakeReadyAsync(pod.Metadata);
    }

    private async Task MakeReadyAsync(ObjectMeta pod)
    {
        var address = Interlocked.Increment(ref _addresses);
        var ip = $"10.245.{address / 250 % 250}.{(address % 250) + 1}";
        var now = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ");
        var patch = new
        {
            status = new
            {
                phase = "Running",
                podIP = ip,
                podIPs = new[] { new { ip } },
                startTime = now,
                conditions = new[] { "PodScheduled", "Initialized", "ContainersReady", "Ready" }.Select(type => new { type, status = "True", lastTransitionTime = now }),
                containerStatuses = new[]
                {
                    new
                    {
                        name = AgentPod.ContainerName, ready = true, started = true, restartCount = 0, image = "fake", imageID = "fake",
                        state = new { running = new { startedAt = now } },
                    },
                },
            },
        };
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{Pod.Kind.ObjectPath(pod.Namespace, pod.Name)}/status")
        {
            Content = JsonContent.Create(patch, new MediaTypeHeaderValue("application/strategic-merge-patch+json")),
        };
        using var answer = await _http.SendAsync(request);
        // A pod that is already gone needs no status.
        if (answer.StatusCode != HttpStatusCode.NotFound)
            answer.EnsureSuccessStatusCode();
    }
}
