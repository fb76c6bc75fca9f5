using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Api;

/// <summary>An informer of Services at a fake API server, running until it is disposed, and all that it reports.</summary>
internal sealed class InformerBed : IAsyncDisposable
{
    public const string Namespace = "place";
    public const string Selector = "app.kubernetes.io/managed-by=stackagent,app.kubernetes.io/instance=stackagent-1";

    public static readonly InformerOptions Options = new() { FirstDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(50) };

    private readonly CancellationTokenSource _end = new();
    private readonly List<InformerChange<Service>> _changes = [];
    private readonly HttpClient _http;
    private readonly Task _running;
    private int _atOnce;

    public InformerBed(
        FakeApiServer server, InformerOptions? options = null, Func<Service, Service>? project = null, TimeSpan? requestTimeout = null, Action? onChange = null)
    {
        _http = server.CreateHttpClient();
        var clientOptions = new KubernetesClientOptions { RequestTimeout = requestTimeout ?? TimeSpan.FromSeconds(30) };
        Informer = new Informer<Service>(
            new KubernetesClient(_http, TimeProvider.System, clientOptions),
            Selector,
            options ?? Options,
            TimeProvider.System,
            Log,
            change =>
            {
                Note(change);
                onChange?.Invoke();
            },
            project);
        _running = Informer.RunAsync(_end.Token);
    }

    public Informer<Service> Informer { get; }

    public LogLines Log { get; } = new();

    /// <summary>As <c>+name</c>, <c>~name</c> or <c>-name</c>.</summary>
    public IReadOnlyList<string> Changes
    {
        get
        {
            lock (_changes)
                return [.. _changes.Select(Describe)];
        }
    }

    public IEnumerable<string> Names => Informer.Snapshot().Select(service => service.Metadata.Name).Order(StringComparer.Ordinal);

    public static Service ServiceNamed(string name, string value = "1") => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = Namespace,
            Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = "stackagent", ["app.kubernetes.io/instance"] = "stackagent-1" },
        },
        Spec = new ServiceSpec { Selector = new Dictionary<string, string> { ["app"] = value }, Ports = [new ServicePort { Port = 80, TargetPort = 8000 }] },
    };

    public Task SyncedAsync() => Informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Eventually.Deadline);

    public Task NamesBecomeAsync(params string[] names) =>
        Eventually.GetAsync(() => Task.FromResult(string.Join(' ', Names)), seen => seen == string.Join(' ', names), $"the objects to be {string.Join(' ', names)}");

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _http.Dispose();
        _end.Dispose();
    }

    private static string Describe(InformerChange<Service> change) => change switch
    {
        { Old: null, New: { } made } => $"+{made.Metadata.Name}",
        { Old: { } gone, New: null } => $"-{gone.Metadata.Name}",
        _ => $"~{change.New!.Metadata.Name}",
    };

    private void Note(InformerChange<Service> change)
    {
        if (Interlocked.Increment(ref _atOnce) != 1)
            throw new InvalidOperationException("Two changes were reported at once.");
        lock (_changes)
            _changes.Add(change);
        Interlocked.Decrement(ref _atOnce);
    }
}
