using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>How the client treats the API server.</summary>
internal sealed record KubernetesClientOptions
{
    /// <summary>For each request with its whole answer; for a watch only until it begins.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A log that is followed and says nothing for so long is asked for anew: its connection may be dead.</summary>
    public TimeSpan LogIdleLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Longest event of a watch, in bytes. Kubernetes stores no object above 1.5 MB, which as JSON may take more.</summary>
    public int MaxEventBytes { get; init; } = 8 * 1024 * 1024;
}

/// <summary>
/// The part of Kubernetes' API that StackAgent uses. Every call throws <see cref="KubernetesApiException"/> for an answer that says no, and
/// <see cref="KubernetesConnectionException"/> where there is none; nothing is tried again here.
/// </summary>
/// <param name="http">With the server's address, trust and credentials; stays its owner's. Its own timeout must be longer than <paramref name="options"/>'.</param>
/// <param name="time">The clock for timeouts.</param>
/// <param name="options">Null: the defaults.</param>
internal sealed class KubernetesClient(HttpClient http, TimeProvider time, KubernetesClientOptions? options = null)
{
    /// <summary>Under this name the server keeps which fields are ours.</summary>
    public const string FieldManager = "stackagent";

    private const int MaxErrorBytes = 64 * 1024;
    private const int MaxEvents = 200;

    private static readonly MediaTypeHeaderValue ApplyPatch = new("application/apply-patch+yaml");
    private static readonly MediaTypeHeaderValue JsonPatch = new("application/json-patch+json");
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly KubernetesClientOptions _options = options ?? new KubernetesClientOptions();

    /// <summary>Relative paths drop the last part of an address that doesn't end in a slash, such as that of a cluster behind a gateway.</summary>
    private readonly Uri _server = new(
        (http.BaseAddress ?? throw new ArgumentException("The HTTP client has no address.", nameof(http))).AbsoluteUri.TrimEnd('/') + "/");

    /// <summary>
    /// Makes the object's fields what they are here, whoever else claims them, and leaves fields that aren't here to others. Creates the
    /// object when it isn't there; when nothing differs, its resourceVersion stays.
    /// </summary>
    public Task<Applied<T>> ApplyAsync<T>(T resource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => SendAsync(
            HttpMethod.Patch,
            $"{PathOf(resource)}?fieldManager={FieldManager}&force=true",
            Content(KubernetesJson.Body(resource), ApplyPatch),
            async (response, timeout) => new Applied<T>(
                await ReadAsync(response, T.JsonType, timeout), response.StatusCode == HttpStatusCode.Created),
            cancellationToken);

    /// <summary>
    /// Replaces the whole specification, so that fields which somebody has added go too. The server fills in its defaults; what it gave
    /// out has to be there, for which see <see cref="IKubernetesResource{TSelf}.Keeping"/>.
    /// </summary>
    public Task<T> ReplaceSpecAsync<T>(T desired, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => SendAsync(
            HttpMethod.Patch,
            $"{PathOf(desired)}?fieldManager={FieldManager}",
            Content(KubernetesJson.SpecPatch(desired), JsonPatch),
            (response, timeout) => ReadAsync(response, T.JsonType, timeout),
            cancellationToken);

    /// <summary>Makes an object that isn't there; a 409 when it is.</summary>
    public Task<T> CreateAsync<T>(T resource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => SendAsync(
            HttpMethod.Post,
            $"{T.Kind.CollectionPath(resource.Metadata.Namespace)}?fieldManager={FieldManager}",
            Content(KubernetesJson.Body(resource), Json),
            (response, timeout) => ReadAsync(response, T.JsonType, timeout),
            cancellationToken);

    /// <summary>Puts the object in place of the one with its resourceVersion; a 409 when that isn't the present one any more.</summary>
    public Task<T> ReplaceAsync<T>(T resource, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> => SendAsync(
            HttpMethod.Put,
            $"{PathOf(resource)}?fieldManager={FieldManager}",
            Content(KubernetesJson.Body(resource), Json),
            (response, timeout) => ReadAsync(response, T.JsonType, timeout),
            cancellationToken);

    /// <summary>Null when there is no such object.</summary>
    public async Task<T?> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        try
        {
            return await SendAsync(
                HttpMethod.Get, T.Kind.ObjectPath(ns, name), null, (response, timeout) => ReadAsync(response, T.JsonType, timeout), cancellationToken);
        }
        catch (KubernetesApiException exception) when (IsMissingObject(exception))
        {
            return null;
        }
    }

    /// <summary>
    /// Removes the object after all that belongs to it. True when it isn't there any more, false while that is under way: ask again. With
    /// <paramref name="uid"/> only this very object, not a later one of the same name.
    /// </summary>
    public async Task<bool> DeleteAsync<T>(string? ns, string name, string? uid, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        try
        {
            return await SendAsync(
                HttpMethod.Delete,
                T.Kind.ObjectPath(ns, name),
                Content(KubernetesJson.DeleteOptions(uid), Json),
                static (_, _) => Task.FromResult(false),
                cancellationToken);
        }
        catch (KubernetesApiException exception) when (IsMissingObject(exception))
        {
            return true;
        }
        catch (KubernetesApiException exception) when (exception.Status == HttpStatusCode.Conflict && uid is not null)
        {
            // The words differ between versions but for this one. To ask for the object instead would take one more right.
            return exception.Message.Contains("UID", StringComparison.Ordinal);
        }
    }

    /// <summary>Removes at once the objects of a namespace with the labels and fields, which must own nothing; none is fine. What they held, which the server answers with, isn't read.</summary>
    public Task DeleteAllAsync<T>(string ns, string labelSelector, string? fieldSelector, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var fields = fieldSelector is null ? "" : $"&fieldSelector={Uri.EscapeDataString(fieldSelector)}";
        return SendAsync(
            HttpMethod.Delete,
            $"{T.Kind.CollectionPath(ns)}?labelSelector={Uri.EscapeDataString(labelSelector)}{fields}",
            Content(KubernetesJson.DeleteOptions(uid: null, policy: "Background"), Json),
            static (_, _) => Task.FromResult(true),
            cancellationToken);
    }

    /// <summary>A page of the objects with the labels, in all namespaces. A page token that is too old ends in a 410.</summary>
    public Task<ResourceList<T>> ListAsync<T>(string labelSelector, int limit, string? continueToken, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var next = string.IsNullOrEmpty(continueToken) ? "" : $"&continue={Uri.EscapeDataString(continueToken)}";
        return SendAsync(
            HttpMethod.Get,
            string.Create(CultureInfo.InvariantCulture, $"{T.Kind.CollectionPath(null)}?labelSelector={Uri.EscapeDataString(labelSelector)}&limit={limit}{next}"),
            null,
            (response, timeout) => ReadAsync(response, T.ListJsonType, timeout),
            cancellationToken);
    }

    /// <summary>
    /// What happens to the objects with the labels, in all namespaces, after <paramref name="resourceVersion"/>. Returns when the server has
    /// agreed; the caller disposes it. After <paramref name="timeout"/> the server ends the watch.
    /// </summary>
    public async Task<Watch<T>> WatchAsync<T>(string labelSelector, string resourceVersion, TimeSpan timeout, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var uri = string.Create(
            CultureInfo.InvariantCulture,
            $"{T.Kind.CollectionPath(null)}?watch=1&allowWatchBookmarks=true&labelSelector={Uri.EscapeDataString(labelSelector)}&resourceVersion={Uri.EscapeDataString(resourceVersion)}&timeoutSeconds={Math.Ceiling(timeout.TotalSeconds)}");
        return await OpenAsync(uri, _options.RequestTimeout, (response, body) => new Watch<T>(response, body, _options.MaxEventBytes), cancellationToken);
    }

    /// <summary>
    /// A container's log as it comes, which the caller disposes; null when there is none: it hasn't started, there was none before it, or it is gone.
    /// </summary>
    public async Task<LogStream?> OpenLogAsync(LogRequest log, CancellationToken cancellationToken)
    {
        // A server may begin its answer no earlier than the container its first line.
        var patience = log.Follow ? _options.LogIdleLimit : _options.RequestTimeout;
        try
        {
            return await OpenAsync(log.Path, patience, (response, body) => new LogStream(response, body, patience, time), cancellationToken, hasOwnConnection: true);
        }
        catch (KubernetesApiException exception) when (exception.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>
    /// The last lines that a container wrote in this run or the <paramref name="previous"/> one, oldest first; empty when it has written none,
    /// hasn't started, or is gone. Lines that are more than <paramref name="limitBytes"/> from the end are left out.
    /// </summary>
    public async Task<IReadOnlyList<string>> ReadLogAsync(
        string ns, string pod, string container, int tailLines, bool previous, int limitBytes, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var uri = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Pod.Kind.ObjectPath(ns, pod)}/log?container={Uri.EscapeDataString(container)}&tailLines={tailLines}&previous={(previous ? "true" : "false")}&limitBytes={LogTail.TransferLimit(limitBytes)}");
                var tail = await SendAsync(
                    HttpMethod.Get,
                    uri,
                    null,
                    async (response, timeout) => await LogTail.ReadAsync(await response.Content.ReadAsStreamAsync(timeout), tailLines, limitBytes, timeout),
                    cancellationToken);
                if (tail.Lines is [var only] && LogStream.IsGone(only))
                    return [];
                if (tail.IsWhole || tailLines <= 1)
                    return tail.Lines;

                // The server drops the end of what is too long, and the end is what is asked for.
                tailLines = Math.Max(1, tailLines / 8);
            }
        }
        catch (KubernetesApiException exception) when (exception.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
        {
            return [];
        }
    }

    /// <summary>What the cluster makes of a token.</summary>
    /// <param name="token">Whoever's, or anything else.</param>
    /// <param name="audience">Whom it has to be meant for.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<TokenReviewStatus> ReviewTokenAsync(string token, string audience, CancellationToken cancellationToken)
    {
        var question = new TokenReview { Spec = new TokenReviewSpec { Token = token, Audiences = [audience] } };
        var answer = await SendAsync(
            HttpMethod.Post,
            TokenReview.Path,
            Content(JsonSerializer.SerializeToUtf8Bytes(question, KubernetesJson.Default.TokenReview), Json),
            (response, timeout) => ReadAsync(response, KubernetesJson.Default.TokenReview, timeout),
            cancellationToken);
        return answer.Status ?? new TokenReviewStatus();
    }

    /// <summary>Whether whoever this client shows itself as may do something.</summary>
    public async Task<bool> MayAsync(ResourceAttributes what, CancellationToken cancellationToken)
    {
        var question = new SelfSubjectAccessReview { Spec = new AccessReviewSpec { ResourceAttributes = what } };
        var answer = await SendAsync(
            HttpMethod.Post,
            SelfSubjectAccessReview.Path,
            Content(JsonSerializer.SerializeToUtf8Bytes(question, KubernetesJson.Default.SelfSubjectAccessReview), Json),
            (response, timeout) => ReadAsync(response, KubernetesJson.Default.SelfSubjectAccessReview, timeout),
            cancellationToken);
        return answer.Status?.Allowed == true;
    }

    public Task<ClusterVersion> GetVersionAsync(CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get, "version", null, (response, timeout) => ReadAsync(response, KubernetesJson.Default.ClusterVersion, timeout), cancellationToken);

    /// <summary>What Kubernetes has noted of an object lately, in no order.</summary>
    public async Task<IReadOnlyList<KubernetesEvent>> ListEventsAsync(string ns, string involvedUid, CancellationToken cancellationToken)
    {
        var selector = Uri.EscapeDataString($"involvedObject.uid={involvedUid}");
        var events = await SendAsync(
            HttpMethod.Get,
            string.Create(CultureInfo.InvariantCulture, $"{KubernetesEvent.Kind.CollectionPath(ns)}?fieldSelector={selector}&limit={MaxEvents}"),
            null,
            (response, timeout) => ReadAsync(response, KubernetesEvent.ListJsonType, timeout),
            cancellationToken);
        return events.Items;
    }

    /// <summary>Returns when the answer has begun, which goes on for as long as it likes.</summary>
    private async Task<T> OpenAsync<T>(
        string uri, TimeSpan limit, Func<HttpResponseMessage, Stream, T> take, CancellationToken cancellationToken, bool hasOwnConnection = false)
    {
        HttpResponseMessage? response = null;
        try
        {
            return await WithTimeoutAsync(
                async token =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server, uri));
                    request.Options.Set(KubernetesHttp.OwnConnection, hasOwnConnection);
                    using var telemetry = ClusterTelemetry.Begin(HttpMethod.Get, uri);
                    response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                    telemetry.Answered(response);
                    await ThrowIfFailedAsync(response, token);
                    return take(response, await response.Content.ReadAsStreamAsync(token));
                },
                limit,
                cancellationToken);
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    private static string PathOf<T>(T resource)
        where T : class, IKubernetesResource<T> => T.Kind.ObjectPath(resource.Metadata.Namespace, resource.Metadata.Name);

    private static ByteArrayContent Content(byte[] body, MediaTypeHeaderValue type) => new(body) { Headers = { ContentType = type } };

    /// <summary>A 404 that isn't about an object is about the path: the server doesn't know the kind, or isn't Kubernetes at all.</summary>
    private static bool IsMissingObject(KubernetesApiException exception) =>
        exception is { Status: HttpStatusCode.NotFound, ResourceKind: not null };

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync(body, type, cancellationToken) ?? throw new JsonException("The answer is null.");
    }

    private Task<TResult> SendAsync<TResult>(
        HttpMethod method, string uri, HttpContent? content, Func<HttpResponseMessage, CancellationToken, Task<TResult>> read, CancellationToken cancellationToken) =>
        WithTimeoutAsync(
            async timeout =>
            {
                using var request = new HttpRequestMessage(method, new Uri(_server, uri)) { Content = content };
                using var telemetry = ClusterTelemetry.Begin(method, uri);
                using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout);
                telemetry.Answered(response);
                await ThrowIfFailedAsync(response, timeout);
                return await read(response, timeout);
            },
            _options.RequestTimeout,
            cancellationToken);

    private async Task<TResult> WithTimeoutAsync<TResult>(
        Func<CancellationToken, Task<TResult>> call, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (Exception exception) when (KubernetesConnectionException.IsConnectionFailure(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw KubernetesConnectionException.From(exception);
        }
    }

    private async Task ThrowIfFailedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;

        var body = new byte[MaxErrorBytes];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        var retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        throw KubernetesApiException.From(
            response.StatusCode, Status.TryParse(body.AsSpan(0, length)), retryAfter > TimeSpan.Zero ? retryAfter : null);
    }
}
