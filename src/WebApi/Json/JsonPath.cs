using System.Text.Json;

namespace StackAgent.WebApi.Json;

/// <summary>Where in a document something is wrong, as far down as it is known.</summary>
internal static class JsonPath
{
    private const string Inner = "StackAgent.InnerPath";

    /// <summary>The path from the document's root: <c>$.health.period_seconds</c>.</summary>
    public static string Of(JsonException exception) => $"{exception.Path ?? "$"}{exception.Data[Inner] as string}";

    /// <summary>The same exception for whoever reads the document around: it adds the path there, and keeps the one in here.</summary>
    public static JsonException Within(JsonException exception) => new(exception.Message, exception.InnerException)
    {
        Data = { [Inner] = Of(exception)[1..] },
    };
}
