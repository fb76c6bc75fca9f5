using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Json;

/// <summary>How everything is written on the wire: <c>snake_case</c>, UTC times with <c>Z</c>, enums as words.</summary>
public static class JsonDefaults
{
    public static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        return options;
    }

    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.NumberHandling = JsonNumberHandling.Strict;
        // Answers carry their own media type and are never sniffed, so text can stay readable.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new UtcTimeJsonConverter());
        options.Converters.Add(new OptionalJsonConverterFactory());
    }
}
