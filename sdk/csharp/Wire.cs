using System.Reflection;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Client;

/// <summary>JSON as the API has it.</summary>
internal static class Wire
{
    public static JsonSerializerOptions Json { get; } = Configure(new JsonSerializerOptions());

    /// <summary>Lets absent fields be absent: in changes, null clears what is there.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { UseWireWords } };
        return options;
    }

    /// <summary>The word on the wire of an enum's value.</summary>
    public static string WordOf<T>(T value)
        where T : struct, Enum =>
        typeof(T).GetField(value.ToString())?.GetCustomAttribute<EnumMemberAttribute>()?.Value ?? value.ToString();

    private static void UseWireWords(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            var held = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (!held.IsEnum)
                continue;
            var converter = held == property.PropertyType ? typeof(WordConverter<>) : typeof(NullableWordConverter<>);
            property.CustomConverter = (JsonConverter)Activator.CreateInstance(converter.MakeGenericType(held))!;
        }
    }

    private sealed class WordConverter<T> : JsonConverter<T>
        where T : struct, Enum
    {
        private static readonly Dictionary<string, T> Values = Enum.GetValues<T>().ToDictionary(WordOf, value => value, StringComparer.Ordinal);

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is { } word && Values.TryGetValue(word, out var value)
                ? value
                : throw new JsonException($"This version of the client doesn't know a {typeof(T).Name} of that name.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(WordOf(value));
    }

    private sealed class NullableWordConverter<T> : JsonConverter<T?>
        where T : struct, Enum
    {
        private static readonly WordConverter<T> Words = new();

        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? null : Words.Read(ref reader, typeof(T), options);

        public override void Write(Utf8JsonWriter writer, T? value, JsonSerializerOptions options)
        {
            if (value is { } held)
                Words.Write(writer, held, options);
            else
                writer.WriteNullValue();
        }
    }
}

/// <summary>Every operation of the API, as the OpenAPI document has them; <see cref="StackAgentClient"/> adds what streams.</summary>
public partial class StackAgentApi
{
    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings) => Wire.Configure(settings);
}
