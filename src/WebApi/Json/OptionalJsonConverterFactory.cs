using System.Text.Json;
using System.Text.Json.Serialization;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Json;

/// <summary>Reads an absent field as absent and <c>null</c> as a present null.</summary>
internal sealed class OptionalJsonConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(OptionalJsonConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()), options)!;

    private sealed class OptionalJsonConverter<T>(JsonSerializerOptions options) : JsonConverter<Optional<T>>
    {
        // An object has a path inside, which would be lost without the serializer.
        private static readonly bool IsPlain = typeof(T) == typeof(string) || typeof(T).IsValueType;

        // Called directly and not through the serializer, so that an error keeps the path of the outer document.
        private readonly JsonConverter<T> _inner = (JsonConverter<T>)options.GetConverter(typeof(T));

        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.Null)
                return new Optional<T>(IsPlain ? _inner.Read(ref reader, typeof(T), options) : ReadObject(ref reader, options));
            if (default(T) is not null)
                throw new JsonException();

            return new Optional<T>(default);
        }

        private static T? ReadObject(ref Utf8JsonReader reader, JsonSerializerOptions options)
        {
            try
            {
                return JsonSerializer.Deserialize<T>(ref reader, options);
            }
            catch (JsonException exception)
            {
                throw JsonPath.Within(exception);
            }
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options)
        {
            if (value.Value is null)
                writer.WriteNullValue();
            else
                _inner.Write(writer, value.Value, options);
        }
    }
}
