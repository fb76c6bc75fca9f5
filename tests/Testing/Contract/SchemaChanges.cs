using System.Text.Json.Nodes;

namespace StackAgent.Testing.Contract;

/// <summary>
/// Compares a released schema with a later one. What clients send may only be taken more widely, and what they are answered only be given more narrowly:
/// whatever fits the one that they go by has to fit the other.
/// </summary>
/// <param name="released">What the released schemas' <c>$ref</c>s point into.</param>
/// <param name="present">What the later schemas' <c>$ref</c>s point into.</param>
/// <param name="isRequest">Whether clients send it, rather than being answered it.</param>
/// <param name="breaks">Where findings go.</param>
internal sealed class SchemaChanges(JsonSchema released, JsonSchema present, bool isRequest, List<string> breaks)
{
    private readonly HashSet<string> _compared = new(StringComparer.Ordinal);

    public void Compare(string at, JsonNode? old, JsonNode? now)
    {
        if (old is not JsonObject before || now is not JsonObject after)
            return;

        // What is shared is said once, where it is met first. It also ends circles.
        if (before["$ref"] is { } shared && after["$ref"] is { } same && !_compared.Add($"{shared} {same}"))
            return;

        var (oldChoices, newChoices) = (Choices(before, released), Choices(after, present));
        if (oldChoices.Count == 1 && newChoices.Count == 1)
        {
            CompareOne(at, Merged(oldChoices[0], released), Merged(newChoices[0], present));
            return;
        }

        // A discriminator tells clients which one it is, so that they can leave out what they don't know.
        var (given, taken) = isRequest ? (oldChoices, newChoices) : (newChoices, oldChoices);
        if (!isRequest && released.Resolve(before).ContainsKey("discriminator"))
            given = [.. given.Where(choice => oldChoices.Exists(other => NameOf(other) == NameOf(choice)))];
        foreach (var choice in given)
        {
            var pairs = taken.Where(other => NameOf(other) == NameOf(choice)).DefaultIfEmpty(null).ToList();
            var tried = (pairs[0] is null ? taken : pairs.OfType<JsonObject>()).Select(other => FindBreaks(at, choice, other)).ToList();
            if (tried.TrueForAll(found => found.Count > 0))
                breaks.AddRange(tried.MinBy(found => found.Count)!);
        }

        foreach (var gone in oldChoices.Where(choice => NameOf(choice) is { } name && !newChoices.Exists(other => NameOf(other) == name) && !isRequest))
            breaks.Add($"{at}: the alternative {NameOf(gone)} is gone.");
    }

    private List<string> FindBreaks(string at, JsonObject given, JsonObject taken)
    {
        var found = new List<string>();
        var (old, now) = isRequest ? (given, taken) : (taken, given);
        new SchemaChanges(released, present, isRequest, found).CompareOne(at, Merged(old, released), Merged(now, present));
        return found;
    }

    private void CompareOne(string at, JsonObject old, JsonObject now)
    {
        // Which has to allow all that the other does.
        var (wide, narrow) = isRequest ? (now, old) : (old, now);
        CompareTypes(at, wide, narrow);
        CompareWords(at, wide, narrow);
        CompareFormat(at, wide, narrow);
        if (isRequest)
            CompareLimits(at, old, now);
        CompareFields(at, old, now);
        Compare($"{at}[]", old["items"], now["items"]);
    }

    private void CompareTypes(string at, JsonObject wide, JsonObject narrow)
    {
        var allowed = Types(wide);
        if (allowed.Count == 0)
            return;
        if (allowed.Contains("number"))
            allowed.Add("integer");
        var others = Types(narrow);
        foreach (var type in others.Count == 0 ? ["anything"] : others.Except(allowed))
            breaks.Add(isRequest ? $"{at}: {type} isn't taken any more." : $"{at}: it may be {type} now.");
    }

    private void CompareWords(string at, JsonObject wide, JsonObject narrow)
    {
        if (Words(wide) is not { } allowed)
            return;
        if (Words(narrow) is not { } words)
            breaks.Add(isRequest ? $"{at}: only {string.Join(", ", allowed)} are taken now." : $"{at}: it may be other than {string.Join(", ", allowed)} now.");
        else
            breaks.AddRange(words.Except(allowed, StringComparer.Ordinal).Select(word => isRequest ? $"{at}: {word} isn't taken any more." : $"{at}: it may be {word} now."));
    }

    private void CompareFormat(string at, JsonObject wide, JsonObject narrow)
    {
        if (wide["format"] is { } format && !JsonNode.DeepEquals(format, narrow["format"]))
            breaks.Add(isRequest ? $"{at}: it has to be of the format {format} now." : $"{at}: it isn't of the format {format} any more.");
    }

    private void CompareLimits(string at, JsonObject old, JsonObject now)
    {
        foreach (var limit in new[] { "maxLength", "maxItems", "maximum" })
            Check(limit, (before, after) => after < before);
        foreach (var limit in new[] { "minLength", "minItems", "minimum" })
            Check(limit, (before, after) => after > before);
        if (now["pattern"] is { } pattern && !JsonNode.DeepEquals(pattern, old["pattern"]))
            breaks.Add($"{at}: it has to match {pattern} now.");

        void Check(string limit, Func<decimal, decimal, bool> isTighter)
        {
            if (now[limit]?.GetValue<decimal>() is { } after && (old[limit]?.GetValue<decimal>() is not { } before || isTighter(before, after)))
                breaks.Add($"{at}: {limit} is {after} now.");
        }
    }

    private void CompareFields(string at, JsonObject old, JsonObject now)
    {
        var (before, after) = (old["properties"] as JsonObject ?? [], now["properties"] as JsonObject ?? []);
        foreach (var (name, property) in before)
        {
            if (after.TryGetPropertyValue(name, out var same))
                Compare($"{at}.{name}", property, same);
            else
                breaks.Add($"{at}.{name}: the field is gone.");
        }

        var (wide, narrow) = isRequest ? (now, old) : (old, now);
        foreach (var name in Names(wide["required"]).Except(Names(narrow["required"]), StringComparer.Ordinal))
        {
            if (isRequest)
                breaks.Add($"{at}.{name}: the field is required now.");
            else if (after.ContainsKey(name))
                breaks.Add($"{at}.{name}: the field may be missing now.");
        }

        Compare($"{at}.*", old["additionalProperties"], now["additionalProperties"]);
        if (isRequest && IsFalse(now["additionalProperties"]) && !IsFalse(old["additionalProperties"]))
            breaks.Add($"{at}: fields that it doesn't know are refused now.");
    }

    /// <summary>The schemas one of which a value has to fit, each as it is referred to.</summary>
    private static List<JsonObject> Choices(JsonObject schema, JsonSchema document)
    {
        var resolved = document.Resolve(schema);
        return (resolved["oneOf"] ?? resolved["anyOf"]) is JsonArray choices ? [.. choices.OfType<JsonObject>()] : [schema];
    }

    /// <summary>What an alternative is called: its schema's name, or null.</summary>
    private static string? NameOf(JsonObject schema) => schema["$ref"]?.GetValue<string>();

    /// <summary>The schema without <c>$ref</c> and <c>allOf</c>: what all of its parts ask for together.</summary>
    private static JsonObject Merged(JsonObject schema, JsonSchema document)
    {
        var resolved = document.Resolve(schema);
        if (resolved["allOf"] is not JsonArray parts)
            return resolved;

        var (properties, required, merged) = (new JsonObject(), new JsonArray(), new JsonObject());
        foreach (var part in parts.OfType<JsonObject>().Select(part => Merged(part, document)).Append(resolved))
        {
            foreach (var (keyword, value) in part.Where(keyword => keyword.Key is not ("allOf" or "properties" or "required")))
                merged[keyword] = value?.DeepClone();
            foreach (var (name, property) in part["properties"] as JsonObject ?? [])
                properties[name] = property?.DeepClone();
            foreach (var name in Names(part["required"]))
                required.Add(name);
        }

        merged["properties"] = properties;
        merged["required"] = required;
        return merged;
    }

    private static HashSet<string> Types(JsonObject schema) => schema["type"] switch
    {
        JsonArray several => [.. Names(several)],
        JsonValue one => [one.GetValue<string>()],
        _ => [],
    };

    private static List<string>? Words(JsonObject schema) => (schema["enum"] as JsonArray)?.Select(Show).ToList()
        ?? (schema.TryGetPropertyValue("const", out var only) ? [Show(only)] : null);

    private static string Show(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static IEnumerable<string> Names(JsonNode? list) => (list as JsonArray ?? []).Select(name => name!.GetValue<string>());

    private static bool IsFalse(JsonNode? value) => value is JsonValue single && single.TryGetValue<bool>(out var allowed) && !allowed;
}
