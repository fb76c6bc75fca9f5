using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace StackAgent.Testing;

/// <summary>One block of a stream of server-sent events: an event when it has data, else a comment, an id or a retry.</summary>
public sealed record SseBlock(string? Id, string? Event, string? Data, string? Comment, string? Retry)
{
    public bool IsEvent => Data is not null;

    /// <summary>The whole of <c>data</c>.</summary>
    public JsonElement Json => JsonDocument.Parse(Data!).RootElement;

    /// <summary>What happened, in the envelope of <see cref="Json"/>.</summary>
    public JsonElement Payload => Json.GetProperty("data");

    public long Number => long.Parse(Id!, System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Reads a stream of server-sent events as a browser does, and remembers where to go on.</summary>
public sealed class SseReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private SseReader(HttpResponseMessage response, StreamReader lines)
    {
        _response = response;
        _lines = lines;
    }

    public HttpResponseHeaders Headers => _response.Headers;

    public string? MediaType => _response.Content.Headers.ContentType?.MediaType;

    /// <summary>What a reconnecting client sends as <c>Last-Event-ID</c>.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>Opens a stream and reads its first block, which tells that the server has begun.</summary>
    public static async Task<SseReader> OpenAsync(HttpClient http, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException(await response.Content.ReadAsStringAsync(), inner: null, response.StatusCode);

        var reader = new SseReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8));
        await reader.ReadBlockAsync();
        return reader;
    }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<SseBlock?> ReadAsync()
    {
        while (await ReadBlockAsync() is { } block)
        {
            if (block.IsEvent)
                return block;
        }

        return null;
    }

    /// <summary>The next events.</summary>
    public async Task<IReadOnlyList<SseBlock>> ReadAsync(int count)
    {
        var events = new List<SseBlock>(count);
        while (events.Count < count)
            events.Add(await ReadAsync() ?? throw new EndOfStreamException($"The stream ended after {events.Count} of {count} events."));
        return events;
    }

    /// <summary>All events up to the first that fits, which is the last of them.</summary>
    public async Task<IReadOnlyList<SseBlock>> ReadUntilAsync(Func<SseBlock, bool> fits)
    {
        var events = new List<SseBlock>();
        while (await ReadAsync() is { } block)
        {
            events.Add(block);
            if (fits(block))
                return events;
        }

        throw new EndOfStreamException($"The stream ended without the event; it had {string.Join(", ", events.Select(block => block.Event))}.");
    }

    /// <summary>All events up to the end of the stream.</summary>
    public async Task<IReadOnlyList<SseBlock>> ReadToEndAsync()
    {
        var events = new List<SseBlock>();
        while (await ReadAsync() is { } block)
            events.Add(block);
        return events;
    }

    /// <summary>The next block of any kind; null when the stream has ended.</summary>
    public async Task<SseBlock?> ReadBlockAsync()
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
                return Finish(fields);

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            fields[line[..colon]] = line[(colon + 1)..].TrimStart(' ');
        }

        return null;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }

    private SseBlock Finish(Dictionary<string, string> fields)
    {
        LastEventId = fields.GetValueOrDefault("id") ?? LastEventId;
        return new SseBlock(
            fields.GetValueOrDefault("id"),
            fields.GetValueOrDefault("event"),
            fields.GetValueOrDefault("data"),
            fields.GetValueOrDefault(""),
            fields.GetValueOrDefault("retry"));
    }

    private async Task<string?> ReadLineAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.Deadline);
        return await _lines.ReadLineAsync(patience.Token);
    }
}
