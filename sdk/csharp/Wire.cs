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
        options.Converters.Add(new WordConverters());
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { UseWireWords } };
        return options;
    }

    /// <summary>The word on the wire of an enum's value.</summary>
    public static string WordOf<T>(T value)
        where T : struct, Enum =>
        typeof(T).GetField(value.ToString())?.GetCustomAttribute<EnumMemberAttribute>()?.Value ?? value.ToString();

    /// <summary>Generated properties name a converter that knows enums by their names in C#; without it that of the options is taken.</summary>
    private static void UseWireWords(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).IsEnum))
            property.CustomConverter = null;
    }

    private sealed class WordConverters : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(WordConverter<>).MakeGenericType(typeToConvert))!;
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
}

/// <summary>Every operation of the API, as the OpenAPI document has them; <see cref="StackAgentClient"/> adds what streams.</summary>
public partial class StackAgentApi
{
    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings) => Wire.Configure(settings);
}
