using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>How an informer treats the API server.</summary>
internal sealed record InformerOptions
{
    public int PageSize { get; init; } = 500;

    /// <summary>After between four fifths and six fifths of it the server ends a watch, so that informers don't all come back at once.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A watch that says nothing for so long is dead. The server sends a bookmark about every minute.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromSeconds(150);

    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>What happened to one object: made (no old), changed (both), gone (no new). An object made anew under its old name is first gone, then made.</summary>
internal readonly record struct InformerChange<T>(T? Old, T? New)
    where T : class;

/// <summary>
/// Keeps a copy of all objects of a kind that have the labels, in all namespaces, by listing them once and watching them from then on. What
/// was missed while there was no connection is found by listing again, deletions included.
/// </summary>
/// <param name="client">Of the cluster.</param>
/// <param name="labelSelector">Such as <c>app=one,tier=two</c>: objects that have both.</param>
/// <param name="options">Limits and delays.</param>
/// <param name="time">The clock for delays.</param>
/// <param name="logger">Gets each failure once for each change of cause.</param>
/// <param name="changed">
/// Called from the informer's loop, one change at a time and in order, after the copy has changed; must not block. An exception is logged
/// and otherwise ignored.
/// </param>
/// <param name="project">Drops from each object what isn't needed, before it is kept; the metadata's name, namespace, uid and resourceVersion must stay.</param>
internal sealed class Informer<T>(
    KubernetesClient client,
    string labelSelector,
    InformerOptions options,
    TimeProvider time,
    ILogger logger,
    Action<InformerChange<T>>? changed = null,
    Func<T, T>? project = null)
    where T : class, IKubernetesResource<T>
{
    private readonly ConcurrentDictionary<ObjectKey, T> _objects = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InformerHealth _health = new(T.Kind.Plural, time, logger);
    private string? _resourceVersion;
    private TimeSpan _delay = options.FirstDelay;

    /// <summary>Whether the objects have been listed once. From then on the copy is what was last seen, however old that is.</summary>
    public bool IsSynced => _synced.Task.IsCompleted;

    /// <summary>Null while the informer is connected.</summary>
    public InformerTrouble? Trouble => _health.Trouble;

    /// <summary>When the server was last heard of; null before the first time.</summary>
    public DateTimeOffset? LastContact => _health.LastContact;

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    public IReadOnlyCollection<T> Snapshot() => [.. _objects.Select(entry => entry.Value)];

    public T? TryGet(string? ns, string name) => _objects.GetValueOrDefault(new ObjectKey(ns, name));

    /// <summary>Lists and watches until it is cancelled, whatever fails meanwhile; returns then. To be called once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan? retryAfter = null;
            try
            {
                if (_resourceVersion is null)
                    await ListAsync(cancellationToken);
                await WatchAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                retryAfter = (exception as KubernetesApiException)?.RetryAfter;
                Failed(exception);
            }

            var delay = Backoff.Jitter(_delay);
            _delay = Backoff.Next(_delay, options.MaxDelay);
            try
            {
                await Task.Delay(retryAfter > delay ? retryAfter.Value : delay, time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Failed(Exception exception)
    {
        if (exception is KubernetesApiException { IsExpired: true })
        {
            _resourceVersion = null;
            _health.Interrupted(exception);
            return;
        }

        if (exception is WatchInterruptedException interruption)
            _health.Interrupted(interruption.InnerException);
        else
            _health.Failed(exception);
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<ObjectKey, T>();
        string? next = null;
        do
        {
            var page = await client.ListAsync<T>(labelSelector, options.PageSize, next, cancellationToken);
            _health.Heard();
            foreach (var item in page.Items)
                found[ObjectKey.Of(item)] = Trim(item);
            _resourceVersion = string.IsNullOrEmpty(page.Metadata.Continue) ? page.Metadata.ResourceVersion : null;
            next = page.Metadata.Continue;
        }
        while (_resourceVersion is null);

        foreach (var (key, gone) in _objects.Where(known => !found.ContainsKey(known.Key)))
            Remove(key, gone);
        foreach (var (key, item) in found)
            Put(key, item);
        _synced.TrySetResult();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var timeout = options.WatchTimeout * (0.8 + (Random.Shared.NextDouble() * 0.4));
        using var watch = await client.WatchAsync<T>(labelSelector, _resourceVersion!, timeout, cancellationToken);
        _health.Heard();
        using var idle = new CancellationTokenSource(options.IdleLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellationToken);
        try
        {
            await foreach (var (type, item) in watch.ReadAllAsync(either.Token))
            {
                idle.CancelAfter(options.IdleLimit);
                Handle(type, item);
                Progress();
            }

        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new WatchInterruptedException(new KubernetesConnectionException(
                KubernetesConnectionException.Unreachable, "The cluster's API server says nothing any more."));
        }
        catch (KubernetesConnectionException exception)
        {
            throw new WatchInterruptedException(exception);
        }
        finally
        {
            // Without an event a watch has still worked when it lasted. One that ends at once, again and again, must not become a storm of requests.
            if (time.GetElapsedTime(started) > options.MaxDelay)
                Progress();
        }
    }

    private void Progress()
    {
        _delay = options.FirstDelay;
        _health.Worked();
    }

    private void Handle(WatchEventType type, T item)
    {
        var key = ObjectKey.Of(item);
        switch (type)
        {
            case WatchEventType.Added or WatchEventType.Modified:
                Put(key, Trim(item));
                break;
            case WatchEventType.Deleted when _objects.TryGetValue(key, out var known):
                Remove(key, known);
                break;
        }

        // Last: a version counts as seen when what happened up to it has been dealt with.
        _resourceVersion = item.Metadata.ResourceVersion ?? _resourceVersion;
    }

    private void Put(ObjectKey key, T item)
    {
        if (_objects.TryGetValue(key, out var known))
        {
            if (known.Metadata.ResourceVersion == item.Metadata.ResourceVersion)
                return;
            if (known.Metadata.Uid != item.Metadata.Uid)
            {
                Remove(key, known);
                known = null;
            }
        }

        _objects[key] = item;
        Report(new InformerChange<T>(known, item));
    }

    private void Remove(ObjectKey key, T known)
    {
        _objects.TryRemove(key, out _);
        Report(new InformerChange<T>(known, null));
    }

    private void Report(InformerChange<T> change)
    {
        try
        {
            changed?.Invoke(change);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "A change of {Kind} couldn't be dealt with", T.Kind.Plural);
        }
    }

    private T Trim(T item) => project is null ? item : project(item);

    private readonly record struct ObjectKey(string? Namespace, string Name)
    {
        public static ObjectKey Of(T item) => new(item.Metadata.Namespace, item.Metadata.Name);
    }

    /// <summary>A watch that had begun stopped in disorder: nothing to speak of unless it happens again before anything has come.</summary>
    private sealed class WatchInterruptedException(Exception cause) : Exception(cause.Message, cause)
    {
        public new Exception InnerException { get; } = cause;
    }
}
