using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace StackAgent.Testing.Contract;

/// <summary>
/// Compares values with schemas of an OpenAPI 3.1 document, more strictly than JSON Schema does: a field that no schema names is a fault, unless
/// <c>additionalProperties</c> allows it in so many words, and so is a keyword of a schema that isn't understood here.
/// </summary>
/// <param name="document">What <c>$ref</c> points into.</param>
public sealed class JsonSchema(JsonObject document)
{
    private const int DeepestNesting = 64;

    private static readonly HashSet<string> Understood = new(StringComparer.Ordinal)
    {
        "$ref", "type", "enum", "const", "format", "required", "properties", "additionalProperties", "items", "oneOf", "anyOf", "allOf", "minItems", "maxItems",
        "minLength", "maxLength", "pattern", "minimum", "maximum",
    };

    private static readonly HashSet<string> Remarks = new(StringComparer.Ordinal)
    {
        "title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly", "discriminator", "contentMediaType", "contentEncoding",
    };

    /// <summary>What is wrong with the value, one sentence for each fault, beginning with its place.</summary>
    public IReadOnlyList<string> Compare(JsonNode? value, JsonObject schema)
    {
        var faults = new List<string>();
        Visit(value, schema, "$", faults, isWhole: true, depth: 0);
        return faults;
    }

    /// <summary>What a <c>$ref</c> points at; anything else as it is.</summary>
    public JsonObject Resolve(JsonObject node)
    {
        for (var depth = 0; node["$ref"]?.GetValue<string>() is { } reference; depth++)
        {
            JsonNode? target = document;
            foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
                target = target?[step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)];
            node = depth < DeepestNesting && target is JsonObject found ? found : throw new InvalidDataException($"{reference} points at nothing.");
        }

        return node;
    }

    /// <summary>Compares, and returns the fields of an object that the schema names; null: all are allowed.</summary>
    /// <param name="value">What is compared.</param>
    /// <param name="schema">With what.</param>
    /// <param name="at">The value's place.</param>
    /// <param name="faults">Where faults go.</param>
    /// <param name="isWhole">Whether the schema is all that is said of the value, rather than a part of an <c>allOf</c>.</param>
    /// <param name="depth">How deep the value is nested.</param>
    private HashSet<string>? Visit(JsonNode? value, JsonObject schema, string at, List<string> faults, bool isWhole, int depth)
    {
        if (depth > DeepestNesting)
            throw new InvalidDataException($"{at} is nested too deeply.");

        foreach (var (keyword, _) in schema.Where(keyword => !Understood.Contains(keyword.Key) && !Remarks.Contains(keyword.Key)))
            faults.Add($"{at}: the schema's keyword {keyword} isn't understood here, so nothing was compared with it.");

        HashSet<string>? named = new(StringComparer.Ordinal);
        if (schema.ContainsKey("$ref"))
            Join(Visit(value, Resolve(schema), at, faults, isWhole: false, depth + 1));
        foreach (var part in Schemas(schema["allOf"]))
            Join(Visit(value, part, at, faults, isWhole: false, depth + 1));
        if (Choose(value, schema, at, faults, depth) is { } choice)
            Join(choice.Named);

        CompareType(value, schema, at, faults);
        CompareWords(value, schema, at, faults);
        switch (value)
        {
            case JsonObject fields:
                Join(CompareFields(fields, schema, at, faults, depth));
                if (isWhole && named is not null)
                    faults.AddRange(fields.Where(field => !named.Contains(field.Key)).Select(field => $"{at}.{field.Key}: the document doesn't know this field."));
                break;
            case JsonArray items:
                CompareItems(items, schema, at, faults, depth);
                break;
            case JsonValue single when single.GetValueKind() == JsonValueKind.String:
                CompareText(single.GetValue<string>(), schema, at, faults);
                break;
            case JsonValue single when single.GetValueKind() == JsonValueKind.Number:
                CompareNumber(single, schema, at, faults);
                break;
        }

        return named;

        void Join(HashSet<string>? others)
        {
            if (others is null)
                named = null;
            else
                named?.UnionWith(others);
        }
    }

    /// <summary>Finds which of several alternatives the value is; null without alternatives.</summary>
    private (HashSet<string>? Named, bool IsFound)? Choose(JsonNode? value, JsonObject schema, string at, List<string> faults, int depth)
    {
        var isOneOf = schema["oneOf"] is JsonArray;
        var choices = Schemas(isOneOf ? schema["oneOf"] : schema["anyOf"]).ToList();
        if (choices.Count == 0)
            return null;

        if (schema["discriminator"] is JsonObject discriminator)
        {
            var word = (value as JsonObject)?[discriminator["propertyName"]!.GetValue<string>()]?.ToString() ?? "";
            if (discriminator["mapping"]?[word]?.GetValue<string>() is { } reference)
                return (Visit(value, new JsonObject { ["$ref"] = reference }, at, faults, isWhole: true, depth + 1), IsFound: true);

            faults.Add($"{at}: the document doesn't know {discriminator["propertyName"]} \"{word}\".");
            return (null, IsFound: false);
        }

        var tried = choices.Select(choice =>
        {
            var found = new List<string>();
            return (Faults: found, Named: Visit(value, choice, at, found, isWhole: true, depth + 1));
        }).ToList();
        var fitting = tried.Where(choice => choice.Faults.Count == 0).ToList();
        if (fitting.Count == 1 || (fitting.Count > 1 && !isOneOf))
            return (fitting[0].Named, IsFound: true);

        if (fitting.Count == 0)
            faults.AddRange(tried.MinBy(choice => choice.Faults.Count).Faults.Select(fault => $"{fault} (the nearest of {choices.Count} alternatives)"));
        else
            faults.Add($"{at}: {fitting.Count} of the alternatives fit, and it should be one.");
        return (null, IsFound: false);
    }

    private static void CompareType(JsonNode? value, JsonObject schema, string at, List<string> faults)
    {
        var types = schema["type"] switch
        {
            null => [],
            JsonArray several => several.Select(type => type!.GetValue<string>()).ToList(),
            var one => [one.GetValue<string>()],
        };
        if (types.Count > 0 && !types.Exists(type => IsOf(type, value)))
            faults.Add($"{at}: {Show(value)} isn't {string.Join(" or ", types)}.");
    }

    private static bool IsOf(string type, JsonNode? value) => value switch
    {
        null => type == "null",
        JsonObject => type == "object",
        JsonArray => type == "array",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => type == "string",
            JsonValueKind.Number => type == "number" || (type == "integer" && decimal.IsInteger(Number(value))),
            JsonValueKind.True or JsonValueKind.False => type == "boolean",
            _ => false,
        },
    };

    private static void CompareWords(JsonNode? value, JsonObject schema, string at, List<string> faults)
    {
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
            faults.Add($"{at}: {Show(value)} isn't one of {words.ToJsonString()}.");
        if (schema.TryGetPropertyValue("const", out var only) && !JsonNode.DeepEquals(only, value))
            faults.Add($"{at}: {Show(value)} isn't {Show(only)}.");
    }

    private HashSet<string>? CompareFields(JsonObject fields, JsonObject schema, string at, List<string> faults, int depth)
    {
        foreach (var required in (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).Where(name => !fields.ContainsKey(name)))
            faults.Add($"{at}.{required}: the document says that it is always there.");

        var properties = schema["properties"] as JsonObject ?? [];
        foreach (var (name, field) in fields)
        {
            if (properties[name] is JsonObject property)
                Visit(field, property, $"{at}.{name}", faults, isWhole: true, depth + 1);
            else if (schema["additionalProperties"] is JsonObject additional)
                Visit(field, additional, $"{at}.{name}", faults, isWhole: true, depth + 1);
        }

        var saysNothing = schema.All(keyword => Remarks.Contains(keyword.Key));
        var allowsMore = schema["additionalProperties"] is JsonObject || (schema["additionalProperties"] as JsonValue)?.GetValue<bool>() == true;
        return saysNothing || allowsMore ? null : properties.Select(property => property.Key).ToHashSet(StringComparer.Ordinal);
    }

    private void CompareItems(JsonArray items, JsonObject schema, string at, List<string> faults, int depth)
    {
        if (items.Count < schema["minItems"]?.GetValue<int>() || items.Count > schema["maxItems"]?.GetValue<int>())
            faults.Add($"{at}: {items.Count} items aren't as many as there should be.");
        if (schema["items"] is not JsonObject item)
            return;
        for (var index = 0; index < items.Count; index++)
            Visit(items[index], item, $"{at}[{index.ToString(CultureInfo.InvariantCulture)}]", faults, isWhole: true, depth + 1);
    }

    private static void CompareText(string text, JsonObject schema, string at, List<string> faults)
    {
        var length = text.EnumerateRunes().Count();
        if (length < schema["minLength"]?.GetValue<int>() || length > schema["maxLength"]?.GetValue<int>())
            faults.Add($"{at}: {length} characters aren't as many as there should be.");
        if (schema["pattern"]?.GetValue<string>() is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)))
            faults.Add($"{at}: \"{text}\" doesn't match {pattern}.");

        var fits = schema["format"]?.GetValue<string>() switch
        {
            null or "binary" or "password" => true,
            "date-time" => text.EndsWith('Z') && text.Contains('T', StringComparison.Ordinal)
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "uuid" => Guid.TryParseExact(text, "D", out var id) && string.Equals(id.ToString(), text, StringComparison.Ordinal),
            "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
            _ => false,
        };
        if (!fits)
            faults.Add($"{at}: \"{text}\" isn't of the format {schema["format"]}, or that isn't known here.");
    }

    private static void CompareNumber(JsonValue value, JsonObject schema, string at, List<string> faults)
    {
        var number = Number(value);
        var fits = schema["format"]?.GetValue<string>() switch
        {
            null or "double" => true,
            "int32" => decimal.IsInteger(number) && number is >= int.MinValue and <= int.MaxValue,
            "int64" => decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue,
            _ => false,
        };
        if (!fits)
            faults.Add($"{at}: {Show(value)} isn't of the format {schema["format"]}, or that isn't known here.");
        if (number < schema["minimum"]?.GetValue<decimal>() || number > schema["maximum"]?.GetValue<decimal>())
            faults.Add($"{at}: {Show(value)} is out of its limits.");
    }

    private static decimal Number(JsonNode value) => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static IEnumerable<JsonObject> Schemas(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static string Show(JsonNode? value)
    {
        var text = value?.ToJsonString() ?? "null";
        return text.Length > 100 ? $"{text[..100]}…" : text;
    }
}
