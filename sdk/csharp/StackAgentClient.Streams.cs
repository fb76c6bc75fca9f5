using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace StackAgent.Client;

/// <content>Logs and events.</content>
public sealed partial class StackAgentClient
{
    private const string JsonLines = "application/x-ndjson";
    private const string EventStream = "text/event-stream";

    /// <summary>Reads an agent's log, oldest line first.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="query">Which lines, and whether to go on with what comes; null: the newest 1,000.</param>
    /// <param name="cancellationToken">Ends the log.</param>
    public async IAsyncEnumerable<AgentLogLine> ReadLogAsync(
        string agentId, LogQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{AgentPath(agentId)}/logs{(query ?? new LogQuery()).ToQueryString()}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(JsonLines));
        using var response = await _streams.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        while (await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0 && JsonSerializer.Deserialize<AgentLogLine>(line, Wire.Json) is { } read)
                yield return read;
        }
    }

    /// <summary>
    /// Follows what happens, without end. An interrupted stream is resumed where it was, so that nothing is missed or repeated; where the server no longer has
    /// what was missed, an event <c>stream.reset</c> comes first: load what you show anew.
    /// </summary>
    /// <param name="query">Which events; null: all that is the caller's.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="UnauthorizedException">The credential doesn't count any more.</exception>
    public async IAsyncEnumerable<StackAgentEvent> FollowEventsAsync(
        EventQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        query ??= new EventQuery();
        var (lastId, failures) = (query.LastEventId, 0);
        while (true)
        {
            var stream = new EventReader(_streams, query, lastId);
            await using (stream.ConfigureAwait(false))
            {
                while (await ReadOrPauseAsync(stream).ConfigureAwait(false) is { } item)
                {
                    failures = 0;
                    lastId = item.Id ?? lastId;
                    // The server's good-bye: it is followed by the next connection.
                    if (item.Type is "stream.closed" or "stream.dropped")
                        break;
                    yield return item;
                }

                lastId = stream.Position ?? lastId;
            }
        }

        async Task<StackAgentEvent?> ReadOrPauseAsync(EventReader stream)
        {
            var pause = PauseAfter(failures);
            try
            {
                if (await stream.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
                    return item;
            }
            catch (Exception exception) when (IsPassing(exception, cancellationToken))
            {
                pause = PauseAfter(failures, exception);
            }

            failures++;
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>One connection of a stream of server-sent events.</summary>
    private sealed class EventReader(HttpClient http, EventQuery query, long? lastId) : IAsyncDisposable
    {
        private HttpResponseMessage? _response;
        private StreamReader? _lines;

        /// <summary>The last id that the server gave, with an event or without.</summary>
        public long? Position { get; private set; }

        /// <summary>The next event; null when the stream has ended.</summary>
        public async Task<StackAgentEvent?> ReadAsync(CancellationToken cancellationToken)
        {
            _lines ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
            var (id, data) = ((long?)null, new StringBuilder());
            while (await _lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (line.StartsWith("id:", StringComparison.Ordinal) && long.TryParse(line.AsSpan(3), CultureInfo.InvariantCulture, out var number))
                {
                    id = number;
                }
                else if (line.StartsWith("data:", StringComparison.Ordinal))
                {
                    data.Append(line.AsSpan(5)).Append('\n');
                }
                else if (line.Length == 0)
                {
                    Position = id ?? Position;
                    if (data.Length > 0)
                        return StackAgentEvent.Read(id, data.ToString());
                    id = null;
                }
            }

            return null;
        }

        public ValueTask DisposeAsync()
        {
            _lines?.Dispose();
            _response?.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<StreamReader> OpenAsync(CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"api/events{query.ToQueryString()}");
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(EventStream));
            if (lastId is { } last)
                request.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
            _response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return new StreamReader(await _response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        }
    }
}

/// <summary>Which lines of a log.</summary>
public sealed record LogQuery
{
    /// <summary>At most so many of the newest lines, 0…100,000. Without it 1,000, or with <see cref="Since"/> all of them.</summary>
    public int? Tail { get; init; }

    /// <summary>Only from then on: a time as <c>2026-01-31T12:00:00Z</c>, or how long ago, as <c>10m</c>.</summary>
    public string? Since { get; init; }

    /// <summary>Go on with what comes, until the agent is deleted or the reader stops.</summary>
    public bool Follow { get; init; }

    /// <summary>Only what processes before the present ones wrote.</summary>
    public bool Previous { get; init; }

    /// <summary>Only lines with this text, in any case.</summary>
    public string? Search { get; init; }

    /// <summary>Only this pod's lines.</summary>
    public string? Pod { get; init; }

    internal string ToQueryString() => QueryString.Of(
        ("tail", Tail?.ToString(CultureInfo.InvariantCulture)),
        ("since", Since),
        ("follow", Follow ? "true" : null),
        ("previous", Previous ? "true" : null),
        ("search", Search),
        ("pod", Pod));
}

/// <summary>Which events.</summary>
public sealed record EventQuery
{
    /// <summary>Only of this stack and its agents.</summary>
    public Guid? StackId { get; init; }

    /// <summary>Only of this agent.</summary>
    public string? AgentId { get; init; }

    /// <summary>Only these types; <c>session.*</c> stands for all that begin so.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The id of the last event that you have; null: from now on.</summary>
    public long? LastEventId { get; init; }

    internal string ToQueryString() => QueryString.Of(
        ("stack_id", StackId?.ToString()), ("agent_id", AgentId), ("types", Types.Count == 0 ? null : string.Join(',', Types)));
}

/// <summary>Something that happened.</summary>
/// <param name="Id">Grows; null for the stream's own events.</param>
/// <param name="Type">For example <c>session.status_changed</c>.</param>
/// <param name="Timestamp">When.</param>
/// <param name="Data">What, as JSON; <see cref="DataAs{T}"/> gives it a type.</param>
public sealed record StackAgentEvent(long? Id, string Type, DateTimeOffset Timestamp, JsonElement Data)
{
    /// <summary>The data as one of the generated types, for example <see cref="SessionStatusEvent"/> for <c>session.status_changed</c>.</summary>
    public T DataAs<T>() => Data.Deserialize<T>(Wire.Json) ?? throw new JsonException("The event has no data.");

    internal static StackAgentEvent Read(long? id, string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new StackAgentEvent(id, root.GetProperty("type").GetString() ?? "", root.GetProperty("timestamp").GetDateTimeOffset(), root.GetProperty("data").Clone());
    }
}

internal static class QueryString
{
    public static string Of(params (string Name, string? Value)[] parameters)
    {
        var given = parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}").ToList();
        return given.Count == 0 ? "" : $"?{string.Join('&', given)}";
    }
}
