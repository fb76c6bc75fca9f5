using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using StackAgent.Application.Common;

namespace StackAgent.Application.Events;

/// <summary>Writes <see cref="EventRecord.Data"/> as the rest of the API writes JSON, without reflection: reports do it by the thousand.</summary>
[JsonSerializable(typeof(AgentEvent))]
[JsonSerializable(typeof(AgentUpdatedEvent))]
[JsonSerializable(typeof(AgentStatusEvent))]
[JsonSerializable(typeof(StackEvent))]
[JsonSerializable(typeof(StackUpdatedEvent))]
[JsonSerializable(typeof(StackStatusEvent))]
[JsonSerializable(typeof(SessionEvent))]
[JsonSerializable(typeof(SessionStatusEvent))]
[JsonSerializable(typeof(SessionExpiredEvent))]
[JsonSerializable(typeof(SessionRecoveredEvent))]
[JsonSerializable(typeof(EndpointDisabledEvent))]
[JsonSerializable(typeof(EndpointTestEvent))]
[JsonSerializable(typeof(StreamNotice))]
internal sealed partial class EventJson : JsonSerializerContext
{
    private static readonly EventJson Wire = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // A stream has a media type of its own and is never sniffed, so text can stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new UtcTimeJsonConverter() },
    });

    public static string Write(AgentEvent data) => Write(data, Wire.AgentEvent);

    public static string Write(AgentUpdatedEvent data) => Write(data, Wire.AgentUpdatedEvent);

    public static string Write(AgentStatusEvent data) => Write(data, Wire.AgentStatusEvent);

    public static string Write(StackEvent data) => Write(data, Wire.StackEvent);

    public static string Write(StackUpdatedEvent data) => Write(data, Wire.StackUpdatedEvent);

    public static string Write(StackStatusEvent data) => Write(data, Wire.StackStatusEvent);

    public static string Write(SessionEvent data) => Write(data, Wire.SessionEvent);

    public static string Write(SessionStatusEvent data) => Write(data, Wire.SessionStatusEvent);

    public static string Write(SessionExpiredEvent data) => Write(data, Wire.SessionExpiredEvent);

    public static string Write(SessionRecoveredEvent data) => Write(data, Wire.SessionRecoveredEvent);

    public static string Write(EndpointDisabledEvent data) => Write(data, Wire.EndpointDisabledEvent);

    public static string Write(EndpointTestEvent data) => Write(data, Wire.EndpointTestEvent);

    public static string Write(StreamNotice data) => Write(data, Wire.StreamNotice);

    private static string Write<T>(T data, JsonTypeInfo<T> type) => JsonSerializer.Serialize(data, type);
}
