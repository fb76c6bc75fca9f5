using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>
/// An API server in this process, for what a real one won't do on demand: it refuses, hangs, breaks off, forgets and falls silent as told. Of the
/// API it speaks what StackAgent uses. It starts with no objects at all, not even namespaces.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private readonly X509Certificate2? _certificate;
    private readonly Lock _sync = new();
    private readonly List<FakeRequest> _requests = [];
    private readonly List<FakeFault> _faults = [];
    private readonly List<FakeWatch> _watches = [];
    private readonly FakeApi _api;
    private WebApplication? _server;
    private int _port;
    private int _tears;
    private volatile bool _silent;

    private FakeApiServer(X509Certificate2? certificate)
    {
        _certificate = certificate;
        _api = new FakeApi(Objects);
    }

    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{_port}/");

    public FakeObjectStore Objects { get; } = new();

    /// <summary>When set, a request without this token is answered 401.</summary>
    public string? BearerToken { get; set; }

    /// <summary>Watches stay open and say nothing; what happens meanwhile they never say.</summary>
    public bool Silent
    {
        get => _silent;
        set => _silent = value;
    }

    /// <summary>All requests since the start, in the order of their coming; also those that were answered with a fault.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_sync)
                return [.. _requests];
        }
    }

    public int OpenWatches
    {
        get
        {
            lock (_sync)
                return _watches.Count;
        }
    }

    public static async Task<FakeApiServer> StartAsync(X509Certificate2? certificate = null)
    {
        var server = new FakeApiServer(certificate);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it, the first time or again after <see cref="StopAsync"/>, then at the same address and with the same objects.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, Configure));
        if (_certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        _server = builder.Build();
        _server.Run(HandleAsync);
        await _server.StartAsync();
        _port = new Uri(_server.Urls.Single()).Port;
    }

    /// <summary>Cuts all connections and refuses new ones.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is not { } server)
            return;
        CutWatches();
        await server.StopAsync(new CancellationToken(canceled: true));
        await server.DisposeAsync();
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    /// <summary>A client without credentials or a trusted authority; the caller disposes it.</summary>
    public HttpClient CreateHttpClient() => new() { BaseAddress = Address };

    /// <summary>Does this to the next requests that it is meant for; faults that are meant for the same come one after the other.</summary>
    public void Inject(FakeFault fault)
    {
        lock (_sync)
            _faults.Add(fault);
    }

    /// <summary>Ends all faults that are still to come.</summary>
    public void Heal()
    {
        lock (_sync)
            _faults.Clear();
    }

    public void SendBookmarks() => ForEachWatch(watch => watch.SendBookmark(Objects.Version));

    /// <summary>Ends all watches in good order.</summary>
    public void EndWatches() => ForEachWatch(watch => watch.End());

    /// <summary>Cuts the connections of all watches between two events.</summary>
    public void CutWatches() => ForEachWatch(watch => watch.Cut());

    /// <summary>The next events are sent by half, and then the connection is cut.</summary>
    public void TearNextEvents(int count = 1)
    {
        lock (_sync)
            _tears += count;
    }

    /// <summary>Forgets what has happened so far, as etcd does every few minutes: whoever wants to go on from there gets a 410.</summary>
    public void ForgetHistory()
    {
        _api.ForgetPages();
        Objects.ForgetHistory();
    }

    public void SetLog(string ns, string pod, string text, bool previous = false) => _api.SetLog(ns, pod, text, previous);

    /// <summary>Makes or changes an object to be as given, its status too, as somebody other than StackAgent.</summary>
    public T Put<T>(T resource, string manager = "kubectl")
        where T : class, IKubernetesResource<T>
    {
        var wanted = JsonNode.Parse(KubernetesJson.Body(resource))!.AsObject();
        var json = Objects.Edit(
            IdOf<T>(resource.Metadata.Namespace, resource.Metadata.Name),
            target =>
            {
                foreach (var (name, value) in wanted.Where(property => property.Key != "metadata"))
                    target[name] = value?.DeepClone();
                foreach (var (name, value) in wanted["metadata"]!.AsObject().Where(property => property.Key is "labels" or "annotations"))
                    target["metadata"]![name] = value?.DeepClone();
            },
            manager,
            create: true);
        return JsonSerializer.Deserialize(json, T.JsonType)!;
    }

    /// <summary>Changes an object as somebody other than StackAgent.</summary>
    public void Edit<T>(string? ns, string name, Action<JsonObject> edit, string manager = "kubectl")
        where T : class, IKubernetesResource<T> => Objects.Edit(IdOf<T>(ns, name), edit, manager);

    public void Remove<T>(string? ns, string name)
        where T : class, IKubernetesResource<T> => Objects.Delete(IdOf<T>(ns, name), uid: null);

    public T? Find<T>(string? ns, string name)
        where T : class, IKubernetesResource<T> =>
        Objects.Find(IdOf<T>(ns, name)) is { } json ? JsonSerializer.Deserialize(json, T.JsonType) : null;

    public IReadOnlyList<T> All<T>()
        where T : class, IKubernetesResource<T> =>
        [.. Objects.List(T.Kind, null, _ => true).Items.Select(json => JsonSerializer.Deserialize(json, T.JsonType)!)];

    private static FakeObjectId IdOf<T>(string? ns, string name)
        where T : class, IKubernetesResource<T> => new(T.Kind, T.Kind.IsNamespaced ? ns : null, name);

    private void Configure(ListenOptions listen)
    {
        if (_certificate is not null)
            listen.UseHttps(_certificate);
    }

    private void ForEachWatch(Action<FakeWatch> act)
    {
        lock (_sync)
        {
            foreach (var watch in _watches)
                act(watch);
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = new FakeRequest(context.Request.Method, context.Request.Path.Value!.TrimStart('/'), context.Request.QueryString.Value ?? "");
        try
        {
            var fault = Take(request);
            switch (fault)
            {
                case FakeFault.Hang:
                    await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
                    return;
                case FakeFault.Cut:
                    context.Abort();
                    return;
                case FakeFault.Answer answer:
                    context.Response.Headers.RetryAfter = answer.RetryAfter;
                    await WriteAsync(context, new FakeAnswer(
                        answer.Code, answer.Body ?? new FakeStatusException(answer.Code, answer.Code.ToString(), "as the test said").Json));
                    return;
            }

            if (BearerToken is { } token && context.Request.Headers.Authorization != $"Bearer {token}")
                throw new FakeStatusException(HttpStatusCode.Unauthorized, "Unauthorized", "Unauthorized");
            if (request.IsWatch)
            {
                await WatchAsync(context, request);
                return;
            }

            using var reader = new StreamReader(context.Request.Body);
            var answered = _api.Handle(request, context.Request.Query, await reader.ReadToEndAsync(context.RequestAborted));
            if (fault is FakeFault.CutAfter)
                context.Abort();
            else
                await WriteAsync(context, answered);
        }
        catch (FakeStatusException refusal)
        {
            await WriteAsync(context, new FakeAnswer(refusal.Code, refusal.Json));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone.
        }
    }

    private static async Task WriteAsync(HttpContext context, FakeAnswer answer)
    {
        context.Response.StatusCode = (int)answer.Code;
        context.Response.ContentType = answer.ContentType;
        await context.Response.WriteAsync(answer.Body, context.RequestAborted);
    }

    private async Task WatchAsync(HttpContext context, FakeRequest request)
    {
        var query = context.Request.Query;
        var path = FakePath.Parse(request.Path);
        var watch = new FakeWatch(context, FakeSelector.Parse(query["labelSelector"]), IsSilent: () => _silent, IsToTear: TakeTear);
        var version = long.Parse(query["resourceVersion"].ToString(), CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        lock (_sync)
            _watches.Add(watch);
        try
        {
            using var listening = Objects.Listen(path.Kind, version, watch.Handle);
            var timeout = query["timeoutSeconds"].Count > 0 ? int.Parse(query["timeoutSeconds"].ToString(), CultureInfo.InvariantCulture) : 300;
            await watch.RunAsync(TimeSpan.FromSeconds(timeout));
        }
        catch (FakeStatusException refusal)
        {
            // As the real one does: the answer is a success, and what went wrong is an event.
            await context.Response.WriteAsync($$"""{"type":"ERROR","object":{{refusal.Json}}}""" + "\n", context.RequestAborted);
        }
        finally
        {
            lock (_sync)
                _watches.Remove(watch);
        }
    }

    private bool TakeTear()
    {
        lock (_sync)
            return _tears > 0 && _tears-- > 0;
    }

    private FakeFault? Take(FakeRequest request)
    {
        lock (_sync)
        {
            _requests.Add(request);
            var index = _faults.FindIndex(fault => fault.When?.Invoke(request) ?? true);
            if (index < 0)
                return null;
            var fault = _faults[index];
            if (fault.Times > 1)
                _faults[index] = fault with { Times = fault.Times - 1 };
            else
                _faults.RemoveAt(index);
            return fault;
        }
    }
}
