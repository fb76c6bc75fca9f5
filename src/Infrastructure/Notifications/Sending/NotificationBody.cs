using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>Writes what a receiver gets: the same bytes at each try.</summary>
internal static class NotificationBody
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Compose(NotificationMessage message) => message.Format switch
    {
        _ when message.IsKubeAgents => Lark(message),
        NotificationFormat.Standard => Standard(message),
        NotificationFormat.Lark => Lark(message),
        NotificationFormat.Slack => Slack(message),
        _ => throw new ArgumentOutOfRangeException(nameof(message), message.Format, "Not a format."),
    };

    private static byte[] Standard(NotificationMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(message.Data.Length + 128);
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("type", message.Type);
            writer.WriteString("timestamp", message.At.UtcDateTime);
            writer.WritePropertyName("data");
            writer.WriteRawValue(message.Data);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Lark(NotificationMessage message) => Encoding.UTF8.GetBytes(
        $$$"""{"msg_type":"text","content":{"text":{{{GoText.Json(Text(message))}}}}}""");

    private static byte[] Slack(NotificationMessage message)
    {
        // The three characters that Slack gives a meaning: what a report says can mention nobody.
        var text = Text(message)
            .Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes($$$"""{"text":{{{GoText.Json(text)}}}}""");
    }

    private static string Text(NotificationMessage message)
    {
        using var data = JsonDocument.Parse(message.Data);
        return NotificationText.Compose(message.Type, message.At, data.RootElement);
    }
}
