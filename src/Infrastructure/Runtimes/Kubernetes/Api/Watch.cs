using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>A running watch: a line of JSON for each event, until the server ends it.</summary>
internal sealed class Watch<T> : IDisposable
    where T : class, IKubernetesResource<T>
{
    private static readonly StreamPipeReaderOptions Buffers = new(bufferSize: 16 * 1024);

    private readonly HttpResponseMessage _response;
    private readonly PipeReader _lines;
    private readonly int _maxEventBytes;

    /// <summary>Takes over the response.</summary>
    public Watch(HttpResponseMessage response, Stream body, int maxEventBytes)
    {
        _response = response;
        _lines = PipeReader.Create(body, Buffers);
        _maxEventBytes = maxEventBytes;
    }

    /// <summary>
    /// The events; ends when the server has ended the watch in good order. An error event is thrown as <see cref="KubernetesApiException"/>, a
    /// stream that breaks or makes no sense as <see cref="KubernetesConnectionException"/>. To be read once.
    /// </summary>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken) is { } next)
            yield return next;
    }

    public void Dispose()
    {
        _lines.Complete();
        _response.Dispose();
    }

    private async ValueTask<WatchEvent<T>?> ReadAsync(CancellationToken cancellationToken)
    {
        var scanned = 0L;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _lines.ReadAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw Broken(exception);
            }

            var buffer = result.Buffer;
            if (buffer.Slice(scanned).PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                var next = line.IsEmpty ? (WatchEvent<T>?)null : Parse(line);
                _lines.AdvanceTo(buffer.GetPosition(1, end));
                scanned = 0;
                if (next is not null)
                    return next;
                continue;
            }

            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw Broken(null);
            }

            scanned = buffer.Length;
            if (scanned > _maxEventBytes)
            {
                throw new KubernetesConnectionException(
                    KubernetesConnectionException.Unreachable, $"The cluster's API server sent an event of more than {_maxEventBytes} bytes.");
            }

            _lines.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static KubernetesConnectionException Broken(Exception? exception) => new(
        KubernetesConnectionException.Unreachable, "The connection to the cluster's API server keeps breaking off.", exception);

    private static WatchEvent<T> Parse(ReadOnlySequence<byte> line)
    {
        try
        {
            string? type = null;
            var reader = new Utf8JsonReader(line);
            Utf8JsonReader content = default;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    type = reader.GetString();
                    continue;
                }

                var isObject = reader.ValueTextEquals("object"u8);
                reader.Read();
                if (isObject)
                    content = reader;
                reader.Skip();
            }

            return type switch
            {
                "ADDED" => new WatchEvent<T>(WatchEventType.Added, Read(ref content)),
                "MODIFIED" => new WatchEvent<T>(WatchEventType.Modified, Read(ref content)),
                "DELETED" => new WatchEvent<T>(WatchEventType.Deleted, Read(ref content)),
                "BOOKMARK" => new WatchEvent<T>(WatchEventType.Bookmark, Read(ref content)),
                "ERROR" => throw Failure(ref content),
                _ => throw new JsonException($"An event of a watch can't be \"{type}\"."),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new KubernetesConnectionException(
                KubernetesConnectionException.Unreachable, "The cluster's API server sent an event that makes no sense.", exception);
        }
    }

    private static T Read(ref Utf8JsonReader content) =>
        JsonSerializer.Deserialize(ref content, T.JsonType) ?? throw new JsonException("An event without an object.");

    private static KubernetesApiException Failure(ref Utf8JsonReader content)
    {
        var status = JsonSerializer.Deserialize(ref content, KubernetesJson.Default.Status);
        return KubernetesApiException.From((HttpStatusCode)(status?.Code ?? (int)HttpStatusCode.InternalServerError), status, retryAfter: null);
    }
}
