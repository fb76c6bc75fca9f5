using System.Text.Json;
using System.Text.Json.Serialization;

namespace StackAgent.Application.Common;

/// <summary>RFC 3339 in UTC with <c>Z</c>, as many decimals as there are. A time that comes without an offset is taken as UTC.</summary>
public sealed class UtcTimeJsonConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String
            && reader.TryGetDateTime(out var time)
            && reader.TryGetDateTimeOffset(out var offsetTime))
        {
            return time.Kind == DateTimeKind.Unspecified ? new DateTimeOffset(time, TimeSpan.Zero) : offsetTime.ToUniversalTime();
        }

        throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);
}
