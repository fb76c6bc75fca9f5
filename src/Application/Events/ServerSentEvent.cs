using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StackAgent.Application.Events;

/// <summary>Writes events as <c>text/event-stream</c> has them. JSON holds no raw line break, so the data is always one line.</summary>
public static class ServerSentEvent
{
    /// <summary>An event of the log: <c>id</c>, <c>event</c>, and <c>data</c> with <c>{type, timestamp, data}</c>.</summary>
    public static byte[] Of(EventRecord record) => Of(record.Id, record.Type, record.At, record.Data);

    /// <summary>An event, of the log or of the stream itself.</summary>
    /// <param name="id">Where a client that reconnects goes on; null leaves that as it is.</param>
    /// <param name="type">Its name.</param>
    /// <param name="at">When.</param>
    /// <param name="data">A JSON object.</param>
    public static byte[] Of(long? id, string type, DateTimeOffset at, string data)
    {
        var buffer = new ArrayBufferWriter<byte>(data.Length + 256);
        if (id is { } number)
            Write(buffer, string.Create(CultureInfo.InvariantCulture, $"id: {number}\n"));
        Write(buffer, $"event: {type}\ndata: ");
        WriteEnvelope(buffer, type, at, data);
        Write(buffer, "\n\n");
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The first bytes of a stream: a comment, how long a client waits before it reconnects, and where it goes on then.</summary>
    public static byte[] Opening(TimeSpan retry, long id) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $": connected\nretry: {retry.TotalMilliseconds:0}\nid: {id}\n\n"));

    /// <summary>A comment, which clients skip, and the id where they go on. Without data it is no event to them.</summary>
    public static byte[] Heartbeat(long id) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $": heartbeat\nid: {id}\n\n"));

    /// <summary>The same for every way out: <c>{"type", "timestamp", "data"}</c>.</summary>
    public static void WriteEnvelope(IBufferWriter<byte> buffer, string type, DateTimeOffset at, string data)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("timestamp", at.UtcDateTime);
        json.WritePropertyName("data");
        json.WriteRawValue(data, skipInputValidation: true);
        json.WriteEndObject();
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);
}
