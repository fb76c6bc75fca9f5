using System.Globalization;
using System.Text.Json;
using StackAgent.Application.Common;
using StackAgent.Domain.Common;

namespace StackAgent.WebApi.Mcp;

/// <summary>The arguments of a call. What is missing or null is absent; what has the wrong shape is refused with a sentence.</summary>
internal sealed class ToolArguments(IDictionary<string, JsonElement>? values)
{
    public JsonElement? this[string name] =>
        values is not null && values.TryGetValue(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    public string? Text(string name) => this[name] switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw Wrong(name, "This must be a text."),
    };

    public string RequiredText(string name) =>
        Text(name) is { Length: > 0 } text ? text : throw Wrong(name, "This argument is required and can't be blank.");

    public int Number(string name, int fallback, int min, int max)
    {
        if (this[name] is not { } given)
            return fallback;

        return given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var number) && number >= min && number <= max
            ? number
            : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"This must be a whole number from {min} to {max}."));
    }

    public bool? Flag(string name) => this[name] switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(name, "This must be true or false."),
    };

    /// <summary>One of an enum's words.</summary>
    public T? Word<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (ValidatorExtensions.WireName(value.ToString()) == text)
                return value;
        }

        throw Wrong(name, $"This must be one of {string.Join(", ", Enum.GetNames<T>().Select(ValidatorExtensions.WireName))}.");
    }

    public static ValidationFailedException Wrong(string name, string sentence) =>
        new(new Dictionary<string, string[]>(StringComparer.Ordinal) { [name] = [sentence] });
}
