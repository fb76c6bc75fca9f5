using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ResourceList<Namespace>))]
[JsonSerializable(typeof(ResourceList<ResourceQuota>))]
[JsonSerializable(typeof(ResourceList<LimitRange>))]
[JsonSerializable(typeof(ResourceList<NetworkPolicy>))]
[JsonSerializable(typeof(ResourceList<Secret>))]
[JsonSerializable(typeof(ResourceList<Deployment>))]
[JsonSerializable(typeof(ResourceList<Service>))]
[JsonSerializable(typeof(ResourceList<Ingress>))]
[JsonSerializable(typeof(ResourceList<Pod>))]
[JsonSerializable(typeof(ResourceList<KubernetesEvent>))]
[JsonSerializable(typeof(ResourceList<Lease>))]
[JsonSerializable(typeof(ResourceList<IngressClass>))]
[JsonSerializable(typeof(Status))]
[JsonSerializable(typeof(TokenReview))]
[JsonSerializable(typeof(SelfSubjectAccessReview))]
[JsonSerializable(typeof(ClusterVersion))]
internal sealed partial class KubernetesJson : JsonSerializerContext
{
    /// <summary>The object as it goes into a request's body: with apiVersion and kind, without what is null. The same object always gives the same bytes.</summary>
    public static byte[] Body<T>(T resource)
        where T : class, IKubernetesResource<T> => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("apiVersion", T.Kind.ApiVersion);
        writer.WriteString("kind", T.Kind.Name);
        foreach (var property in JsonSerializer.SerializeToElement(resource, T.JsonType).EnumerateObject())
            property.WriteTo(writer);
        writer.WriteEndObject();
    });

    /// <summary>A JSON patch that puts the object's whole specification in place of the server's.</summary>
    public static byte[] SpecPatch<T>(T resource)
        where T : class, IKubernetesResource<T> => Write(writer =>
    {
        writer.WriteStartArray();
        writer.WriteStartObject();
        writer.WriteString("op", "replace");
        writer.WriteString("path", "/spec");
        writer.WritePropertyName("value");
        JsonSerializer.SerializeToElement(resource, T.JsonType).GetProperty("spec").WriteTo(writer);
        writer.WriteEndObject();
        writer.WriteEndArray();
    });

    /// <summary>How to delete.</summary>
    /// <param name="uid">Delete this very object and not a later one of the same name; null: whichever it is.</param>
    /// <param name="policy"><c>Foreground</c>: after what belongs to it. <c>Background</c>: at once, which is right for what owns nothing.</param>
    public static byte[] DeleteOptions(string? uid, string policy = "Foreground") => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("apiVersion", "v1");
        writer.WriteString("kind", "DeleteOptions");
        writer.WriteString("propagationPolicy", policy);
        if (uid is not null)
        {
            writer.WriteStartObject("preconditions");
            writer.WriteString("uid", uid);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    });

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>A number, or the name of a port, or a percentage. We write numbers, but anybody who edits an object may have put in the other.</summary>
[JsonConverter(typeof(IntOrStringConverter))]
internal readonly record struct IntOrString(int? Number, string? Text)
{
    public static implicit operator IntOrString(int number) => new(number, null);

    public static implicit operator IntOrString(string text) => new(null, text);

    public override string ToString() => Text ?? $"{Number}";
}

internal sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? reader.GetInt32() : new IntOrString(null, reader.GetString());

    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (value.Text is { } text)
            writer.WriteStringValue(text);
        else
            writer.WriteNumberValue(value.Number ?? 0);
    }
}
